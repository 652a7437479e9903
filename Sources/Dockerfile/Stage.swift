/// A `FROM` and what follows it, up to the next.
package struct Stage: Equatable, Sendable {
    /// Its place in the file, from 0.
    package var index: Int
    /// In lower case; `nil` where it has none.
    package var name: String?
    /// What it stands on: an image, an earlier stage, or `scratch`; variables are not replaced yet.
    package var base: Word
    /// `--platform`; variables are not replaced yet.
    package var platform: Word?
    package var instructions: [Instruction] = []
    /// The `FROM` instruction as one line.
    package var text: String
    /// Of the `FROM` instruction.
    package var range: SourceRange
    /// What the comments before it ask of the warnings about it.
    let check: CheckOptions

    /// What to call it where it may have no name.
    package var displayName: String { name ?? "stage \(index)" }

    init(_ statement: Statement, index: Int) throws(DockerfileError) {
        let flags = try Flags(statement, ["platform": .text])
        let words = statement.rest.words
        guard let base = words.first else {
            throw statement.error("`FROM` needs an image or a stage, and has none")
        }
        if words.count > 1 {
            guard words.count == 3, words[1].text.lowercased() == "as" else {
                throw words[1].error("`FROM` should be followed by one image, and perhaps `AS` and a name")
            }
            name = try Self.name(words[2])
        }
        self.index = index
        self.base = base
        platform = flags.text("platform").flatMap { $0.text.isEmpty ? nil : $0 }
        text = statement.all.text
        range = statement.all.range
        check = CheckOptions(comments: statement.all.line.comments)
    }

    private static func name(_ word: Word) throws(DockerfileError) -> String {
        let name = word.text.lowercased()
        let isValid = name.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII && (scalar.isNamePart || scalar == "-" || scalar == ".")
        }
        guard isValid, let first = name.unicodeScalars.first, ("a"..."z").contains(first) else {
            throw word.error(
                "`\(word.text.excerpt)` cannot be the name of a stage: expected a letter, then letters, digits, `-`, `_` and `.`"
            )
        }
        return name
    }
}
