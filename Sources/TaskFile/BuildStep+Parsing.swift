import Spelling

/// Why a build step's text is not a `docker build` command line.
package struct BuildWordsError: Error, Hashable, CustomStringConvertible {
    package var message: String
    package var hint: String?

    package var description: String { message + (hint.map { " (\($0))" } ?? "") }
}

extension BuildStep {
    /// Reads `docker build`'s words: flags and one context.
    package init(parsing text: String) throws(BuildWordsError) {
        var words = try Self.split(text)[...]
        var context: String?
        while let word = words.popFirst() {
            guard word.hasPrefix("-"), word != "-" else {
                if let context {
                    throw BuildWordsError(
                        message: "`build` has two contexts, `\(context)` and `\(word)`: expected one folder")
                }
                context = word
                continue
            }
            let flag = try Flag(word)
            try apply(flag, value: flag.takesValue ? flag.value ?? words.popFirst() : flag.value)
        }
        guard let context else {
            throw BuildWordsError(
                message: "`build` has no context", hint: "end it with a folder, such as `.`")
        }
        guard !context.contains("://"), context != "-", !context.hasPrefix("git@") else {
            throw BuildWordsError(
                message: "the context `\(context)` is not a folder of the source",
                hint: "name the repository in the task's `source`")
        }
        self.context = context
    }

    private struct Flag {
        var name: String
        var value: String?

        static let withValue = [
            "--tag", "--file", "--build-arg", "--target", "--label", "--platform",
        ]
        static let withoutValue = ["--no-cache", "--pull", "--quiet", "--rm", "--force-rm"]
        static let short: [Character: String] = ["t": "--tag", "f": "--file", "q": "--quiet"]

        var takesValue: Bool { Self.withValue.contains(name) }

        init(_ word: String) throws(BuildWordsError) {
            if word.hasPrefix("--") {
                let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                name = String(parts.first ?? "")
                value = parts.count == 2 ? String(parts[1]) : nil
            } else {
                guard let letter = word.dropFirst().first, let name = Self.short[letter] else {
                    throw BuildWordsError(message: "`build` has the unknown flag `\(word)`")
                }
                self.name = name
                let rest = word.dropFirst(2)
                value = rest.isEmpty ? nil : String(rest.first == "=" ? rest.dropFirst() : rest)
            }
            guard Self.withValue.contains(name) || Self.withoutValue.contains(name) else {
                let near = Spelling.nearest(to: name, among: Self.withValue + Self.withoutValue)
                throw BuildWordsError(
                    message: "`build` has the unknown flag `\(name)`",
                    hint: near.map { "did you mean `\($0)`?" })
            }
        }
    }

    private mutating func apply(_ flag: Flag, value: String?) throws(BuildWordsError) {
        if !flag.takesValue {
            if flag.name == "--no-cache" { isWithoutCache = value != "false" }
            return
        }
        guard let value, !value.isEmpty else {
            throw BuildWordsError(message: "`build` has the flag `\(flag.name)` without its value")
        }
        switch flag.name {
        case "--tag": tags.append(value)
        case "--file": file = value
        case "--target": target = value
        case "--platform": platform = value
        case "--build-arg":
            let (name, value) = try Self.pair(flag.name, value)
            buildArguments[name] = value
        default:
            let (name, value) = try Self.pair(flag.name, value)
            labels[name] = value
        }
    }

    private static func pair(_ flag: String, _ text: String) throws(BuildWordsError) -> (String, String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else {
            throw BuildWordsError(message: "`\(flag) \(text)` should be `\(flag) NAME=VALUE`")
        }
        return (String(parts[0]), String(parts[1]))
    }

    /// Splits a command line into words as a shell does: quotes and backslashes, and no expansion.
    static func split(_ text: String) throws(BuildWordsError) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var iterator = text.makeIterator()
        while let character = iterator.next() {
            switch (quote, character) {
            case (nil, "\\"), ("\"", "\\"):
                guard let next = iterator.next() else {
                    throw BuildWordsError(message: "`build` ends in a backslash")
                }
                if next == "\n" { continue }
                let isKept = quote == "\"" && !"\"\\$`".contains(next)
                word = (word ?? "") + (isKept ? "\\" : "") + String(next)
            case (nil, "'"), (nil, "\""):
                quote = character
                word = word ?? ""
            case (let open?, character) where open == character: quote = nil
            case (nil, _) where character.isWhitespace:
                if let finished = word { words.append(finished) }
                word = nil
            default: word = (word ?? "") + String(character)
            }
        }
        guard quote == nil else { throw BuildWordsError(message: "`build` has a quote that is not closed") }
        if let word { words.append(word) }
        return words
    }
}
