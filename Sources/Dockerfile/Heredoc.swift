/// The text between `<<NAME` and a line that is just `NAME`.
package struct Heredoc: Hashable, Sendable {
    package var name: String
    /// Whether variables in it are to be replaced where the instruction does that: the name is not quoted.
    package var expands: Bool
    /// Whether tabs at the start of its lines are dropped: `<<-NAME`.
    package var stripsTabs: Bool
    /// As it is in the file, with its tabs and line endings.
    package var rawContent: String
    /// Its lines, without the last that ends it.
    package var range: SourceRange

    init(_ mark: HeredocMark, content: String, range: SourceRange) {
        self.name = mark.name
        self.expands = mark.expands
        self.stripsTabs = mark.stripsTabs
        self.rawContent = content
        self.range = range
    }

    /// The text that is meant: without the tabs that ``stripsTabs`` drops.
    package var content: String {
        guard stripsTabs else { return rawContent }
        var isStart = true
        return String(
            scalars: rawContent.unicodeScalars.filter { scalar in
                if isStart, scalar == "\t" { return false }
                isStart = scalar == "\n"
                return true
            })
    }
}

/// `<<NAME` in an instruction.
struct HeredocMark: Hashable {
    var name: String
    var expands: Bool
    var stripsTabs: Bool

    /// Reads digits, `<<`, perhaps `-`, perhaps white space, and a name that may be quoted.
    init?(_ word: String) {
        var rest = word.unicodeScalars.drop { ("0"..."9").contains($0) }
        guard rest.popFirst() == "<", rest.popFirst() == "<" else { return nil }
        stripsTabs = rest.first == "-"
        if stripsTabs { rest.removeFirst() }
        rest = rest.drop { $0.isBlank || $0 == "\n" }
        guard !rest.isEmpty, !rest.contains("<") else { return nil }
        // As in BuildKit: the name is quoted when removing quotes makes a difference.
        var expander = WordExpander()
        expander.keepsUnset = true
        guard let plain = try? expander.expansion(of: String(rest)), plain.words.count == 1 else {
            // What cannot be a name makes the word no mark, but an argument like any other.
            return nil
        }
        expander.keepsQuotes = true
        // What was expanded without its quotes is so with them.
        guard let quoted = try? expander.expansion(of: String(rest)) else { return nil }
        name = plain.words[0]
        expands = name.quoteCount == quoted.text.quoteCount
    }

    /// The marks in an instruction, in order.
    static func all(in line: LineSlice) -> [HeredocMark] {
        let text = line.text
        guard text.contains("<<") else { return [] }
        var expander = WordExpander()
        expander.keepsQuotes = true
        expander.keepsEscapes = true
        expander.keepsUnset = true
        // An instruction with, say, an open quote has no here-documents in BuildKit either.
        guard let words = try? expander.expansion(of: text).words else { return [] }
        return words.compactMap(HeredocMark.init)
    }
}

extension String {
    fileprivate var quoteCount: Int { unicodeScalars.count { $0 == "'" || $0 == "\"" } }
}
