/// `ENV` or `LABEL`.
package struct Assignments: Equatable, Sendable {
    package struct Pair: Equatable, Sendable {
        package var name: Word
        package var value: Word
    }

    /// In the order of the file; never empty.
    package var pairs: [Pair]
    /// Whether it is of the old form: one name, blanks, and the rest of the line as the value.
    package var isLegacy: Bool

    init(_ statement: Statement) throws(DockerfileError) {
        let keyword = statement.keyword.rawValue
        try statement.refuseFlags()
        let words = statement.rest.quotedWords(statement.escape)
        guard let first = words.first else {
            throw statement.error("`\(keyword)` needs `NAME=VALUE`, and has nothing")
        }
        isLegacy = !first.text.unicodeScalars.contains("=")
        pairs = isLegacy ? [try Self.legacyPair(statement, first)] : try words.map(Self.pair)
    }

    private static func legacyPair(_ statement: Statement, _ first: Word) throws(DockerfileError) -> Pair {
        let (name, value) = statement.rest.splitAtBlanks
        guard let value else {
            let keyword = statement.keyword.rawValue
            throw first.error(
                "`\(keyword)` gives `\(first.text.excerpt)` no value", hint: "write `\(keyword) NAME=VALUE`")
        }
        return Pair(name: name.word, value: value.word)
    }

    private static func pair(_ word: Word) throws(DockerfileError) -> Pair {
        guard let (name, value) = word.splitAtEquals else {
            throw word.error(
                "`\(word.text.excerpt)` has no `=`: expected `NAME=VALUE`",
                hint: "put a value with blanks into double quotes")
        }
        guard !name.text.isEmpty else {
            throw word.error("`\(word.text.excerpt)` has no name before its `=`")
        }
        return Pair(name: name, value: value)
    }
}

/// `ARG`.
package struct ArgInstruction: Equatable, Sendable {
    package struct Declaration: Equatable, Sendable {
        package var name: Word
        /// `nil` where it has none: then it is set only when the build or the text before the first `FROM` sets it.
        package var defaultValue: Word?
    }

    /// In the order of the file; never empty.
    package var declarations: [Declaration]

    init(_ statement: Statement) throws(DockerfileError) {
        // BuildKit does not look at the flags of ARG.
        declarations = []
        for word in statement.rest.quotedWords(statement.escape) {
            guard let (name, value) = word.splitAtEquals else {
                declarations.append(Declaration(name: word, defaultValue: nil))
                continue
            }
            guard !name.text.isEmpty else {
                throw word.error("`\(word.text.excerpt)` has no name before its `=`")
            }
            declarations.append(Declaration(name: name, defaultValue: value))
        }
        if declarations.isEmpty { throw statement.error("`ARG` needs a name, and has none") }
    }
}

extension Word {
    /// The text around the first equals sign.
    fileprivate var splitAtEquals: (name: Word, value: Word)? {
        let (name, value) = text.splitAtEquals
        return value.map { (Word(name, range), Word($0, range)) }
    }
}
