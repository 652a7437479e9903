/// A text whose variables were replaced.
package struct Expansion: Hashable, Sendable {
    package var text: String
    /// The text as words: split at white space that is not quoted or escaped, also inside a variable's value.
    package var words: [String]
    /// The names of the variables that were looked up and found.
    package var matched: Set<String>
    /// The names of the variables that were looked up and are not set.
    package var unmatched: Set<String>
    /// See ``ExpansionBudget``.
    var cost: Int
}

/// Replaces variables and removes quotes, by the rules of BuildKit's shell words.
///
/// Understood are `$name`, `${name}`, and `${name…}` with `-`, `:-`, `+`, `:+`, `?`, `:?`, `#`, `##`, `%`, `%%`,
/// `/` and `//`. Patterns know `*` and `?`.
package struct WordExpander: Sendable {
    package var escape: EscapeCharacter
    package var variables: [String: String]
    /// Leaves quotes where they are; they still quote.
    package var keepsQuotes = false
    /// Leaves escape characters where they are; they still escape.
    package var keepsEscapes = false
    /// Leaves references to variables that are not set as they are written.
    package var keepsUnset = false
    /// Takes quotes for plain characters.
    package var ignoresQuotes = false

    package init(escape: EscapeCharacter = .backslash, variables: [String: String] = [:]) {
        self.escape = escape
        self.variables = variables
    }

    /// Replaces the variables of `word`.
    ///
    /// Throws when the word is malformed, when a `${name:?message}` says so, and when the result is longer than
    /// 4 MiB (a variable can double its length in each instruction).
    package func expand(_ word: Word) throws(DockerfileError) -> Expansion {
        do throws(ExpansionProblem) { return try expansion(of: word.text) } catch {
            throw word.error("`\(word.text.excerpt)` cannot be expanded: \(error.message)")
        }
    }

    /// The word with its variables replaced and its quotes removed.
    package func word(_ word: Word) throws(DockerfileError) -> Word {
        // Most words are plain, and this runs for every file of a long COPY.
        guard word.hasSpecials else { return word }
        return Word(try expand(word).text, word.range)
    }

    func expand(
        _ word: Word, within budget: inout ExpansionBudget
    ) throws(DockerfileError) -> Expansion {
        let expansion = try expand(word)
        try budget.spend(expansion.cost, at: word)
        return expansion
    }

    /// See ``word(_:)``.
    func word(_ word: Word, within budget: inout ExpansionBudget) throws(DockerfileError) -> Word {
        guard word.hasSpecials else { return word }
        return Word(try expand(word, within: &budget).text, word.range)
    }

    func expansion(of text: String) throws(ExpansionProblem) -> Expansion {
        var scanner = ExpansionScanner(text, self)
        let result = try scanner.scan()
        return Expansion(
            text: result.text, words: result.words, matched: scanner.matched, unmatched: scanner.unmatched,
            cost: scanner.cost)
    }
}

extension Word {
    fileprivate var hasSpecials: Bool {
        text.unicodeScalars.contains { "$'\"\\`".unicodeScalars.contains($0) }
    }
}

/// Bounds what the expansions of a file cost together, in steps: about one for each byte of a variable's value.
///
/// A variable can double its length in each instruction. One word is bounded by itself, but a file has many.
struct ExpansionBudget: Hashable, Sendable {
    /// More than any honest file needs, and less than a second of work.
    static let most = 16 << 20

    private var spent = 0

    mutating func spend(_ cost: Int, at word: Word) throws(DockerfileError) {
        spent += cost
        guard spent <= Self.most else {
            throw word.error(
                "the values of the variables up to here are more than \(Self.most >> 20) MiB together",
                hint: "does a variable contain itself several times?")
        }
    }
}

/// Why a word cannot be expanded; ``WordExpander`` adds the place.
struct ExpansionProblem: Error, Equatable {
    var message: String

    init(_ message: String) { self.message = message }
}
