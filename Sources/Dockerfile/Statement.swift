import Spelling

/// An instruction taken apart: its keyword, its flags, and the rest.
struct Statement {
    let keyword: Keyword
    /// The keyword as it is written.
    let name: Word
    let flags: [Word]
    /// What follows the flags, trimmed; nothing is looked at yet.
    let rest: LineSlice
    let all: LineSlice
    let escape: EscapeCharacter
    var documents: [Heredoc] = []

    init(_ slice: LineSlice, escape: EscapeCharacter) throws(DockerfileError) {
        let all = slice.trimmed
        let (head, tail) = all.splitAtBlanks
        // Some letters that are not ASCII have upper-case forms that are.
        guard head.text.utf8.allSatisfy({ $0 < 0x80 }),
            let keyword = Keyword(rawValue: head.text.uppercased())
        else { throw Self.unknown(head) }
        self.keyword = keyword
        self.name = head.word
        self.all = all
        self.escape = escape
        let end = all.bounds.upperBound
        (flags, rest) = (tail ?? all.slice(end..<end)).splitFlags(escape)
    }

    private static func unknown(_ head: LineSlice) -> DockerfileError {
        let name = head.text
        let near = Spelling.nearest(to: name, among: Keyword.allCases.map(\.rawValue))
        return head.error("unknown instruction `\(name.excerpt)`", hint: near.map { "did you mean `\($0)`?" })
    }

    /// The here-documents that the instruction announces; for `ONBUILD`, those of its trigger.
    var heredocMarks: [HeredocMark] {
        // A trigger that cannot be read announces nothing; that it is wrong is said later.
        if keyword == .onbuild, let trigger = try? Statement(rest, escape: escape),
            trigger.keyword != .onbuild
        {
            return trigger.heredocMarks
        }
        guard keyword.takesDocuments else { return [] }
        if case .strings = rest.jsonStrings { return [] }
        return HeredocMark.all(in: all)
    }

    /// The instruction itself, for an error that no word of it is to blame for.
    func error(_ message: String, hint: String? = nil) -> DockerfileError {
        DockerfileError(all.range, message, hint: hint)
    }

    /// Throws where there are flags: the instruction has none.
    func refuseFlags() throws(DockerfileError) { _ = try Flags(self, [:]) }

    /// The whole rest as one word; throws where there is none.
    func onlyArgument() throws(DockerfileError) -> Word {
        guard !rest.isEmpty else { throw error("`\(keyword.rawValue)` needs an argument, and has none") }
        return rest.word
    }

    /// The rest as a JSON array of strings, or `nil` where it is no JSON array.
    func json() throws(DockerfileError) -> [Word]? {
        switch rest.jsonStrings {
        case .strings(let words): return words
        case .notJSON: return nil
        case .notAString(let element):
            throw element.error(
                "in a JSON array everything should be a string in double quotes, and `\(element.text.excerpt)` is not"
            )
        }
    }

    /// The rest as a JSON array of strings, or else as words between blanks.
    func list() throws(DockerfileError) -> [Word] { try json() ?? rest.words }

    /// The rest as what a container runs: a JSON array, or else a command for the shell.
    ///
    /// Nothing at all is an empty array.
    func commandLine() throws(DockerfileError) -> CommandLine {
        if let words = try json() { return .exec(words.map(\.text)) }
        return rest.isEmpty ? .exec([]) : .shell(rest.text)
    }
}

/// What a container runs.
package enum CommandLine: Hashable, Sendable {
    /// A text for the shell.
    case shell(String)
    /// A program and its arguments.
    case exec([String])
}
