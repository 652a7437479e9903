import Spelling

/// The text of a task file before it is YAML: aliases and templates are replaced in it, as ACR does.
struct TaskText {
    private(set) var text: String
    private(set) var problems: [TaskFileError.Problem] = []

    init(_ text: String) { self.text = text }

    /// Whether the file's `version` is one that has aliases; read from the text, as the YAML is not parsed yet.
    var hasAliases: Bool {
        for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix("version") {
            let value = line.drop { $0 != ":" }.dropFirst()
            let version = value.filter { !$0.isWhitespace && $0 != "\"" && $0 != "'" }.prefix { $0 != "#" }
            return TaskFileVersion(rawValue: version.lowercased())?.hasAliases ?? false
        }
        return false
    }

    /// Replaces `$Name` for every known name; `$$` is a dollar sign, and unknown names stay.
    mutating func replaceAliases(_ aliases: [String: String]) {
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            if rest.first == "$" {
                result += "$"
                rest = rest.dropFirst()
                continue
            }
            let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }
            result += aliases[String(name)] ?? "$" + name
            rest = rest[name.endIndex...]
        }
        text = result + rest
    }

    /// Replaces `{{.Run.NAME}}`; anything else between double braces is a problem.
    mutating func replaceTemplates(_ fields: [String: String]) {
        var result = ""
        var rest = text[...]
        while let open = rest.firstRange(of: "{{") {
            result += rest[..<open.lowerBound]
            guard let close = rest[open.upperBound...].firstRange(of: "}}") else {
                problems.append(problem(at: open.lowerBound, "`{{` is not closed by `}}`"))
                rest = rest[open.upperBound...]
                continue
            }
            let expression = rest[open.upperBound..<close.lowerBound]
            do throws(TemplateProblem) { result += try Self.evaluate(expression, fields) } catch {
                problems.append(problem(at: open.lowerBound, error.message, hint: error.hint))
            }
            rest = rest[close.upperBound...]
        }
        text = result + rest
    }

    private struct TemplateProblem: Error {
        var message: String
        var hint: String?
    }

    private static func evaluate(
        _ expression: Substring, _ fields: [String: String]
    ) throws(TemplateProblem) -> String {
        let words = expression.split(whereSeparator: \.isWhitespace)
        // A text in quotes is itself: how `{{` is written where no template is meant.
        let literal = expression.trimmingPrefix { $0.isWhitespace }
        if literal.count >= 2, let quote = literal.first, quote == "\"" || quote == "`",
            literal.last == quote,
            !literal.dropFirst().dropLast().contains(quote), !literal.contains("\\")
        {
            return String(literal.dropFirst().dropLast())
        }
        let known = fields.keys.map { ".Run.\($0)" } + [".Build.ID"]
        guard words.count == 1, let name = words.first else {
            throw TemplateProblem(
                message: "`{{\(expression)}}` is no template that is known here: expected `{{.Run.NAME}}`")
        }
        if name == ".Build.ID", let id = fields["ID"] { return id }
        if name.hasPrefix(".Run."), let value = fields[String(name.dropFirst(5))] { return value }
        let near = Spelling.nearest(to: String(name), among: known)
        throw TemplateProblem(
            message: "`\(name)` is not known: expected one of \(known.sorted().joined(separator: ", "))",
            hint: near.map { "did you mean `\($0)`?" })
    }

    private func problem(at index: String.Index, _ message: String, hint: String? = nil)
        -> TaskFileError.Problem
    {
        let before = text[..<index]
        let line = before.count { $0.isNewline } + 1
        let lineStart = before.lastIndex(where: \.isNewline).map(text.index(after:)) ?? text.startIndex
        return .init(
            line: line, column: text[lineStart..<index].unicodeScalars.count + 1, message: message, hint: hint
        )
    }
}
