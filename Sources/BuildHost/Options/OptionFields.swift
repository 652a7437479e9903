/// What an option is told: fields with commas between them, as Docker's options have (RFC 4180).
///
/// A field that begins with a double quote ends with one: commas are its own, and two quotes in it are one.
package struct OptionFields: Hashable, Sendable {
    /// The option, for errors: `the output`.
    let subject: String
    /// The value as it was written.
    package let text: String
    package let fields: [String]

    /// Throws ``BuildOptionError`` where a quote is not closed, or has something behind it.
    package init(_ text: String, of subject: String) throws(BuildOptionError) {
        self.text = text
        self.subject = subject
        var fields: [String] = []
        var rest = text[...]
        while true {
            guard let field = Self.field(&rest) else {
                throw BuildOptionError(
                    subject, text, "a quote in it is not closed",
                    hint: "write `\"…\"` around a whole field, and `\"\"` for a quote in it")
            }
            fields.append(field)
            if rest.popFirst() == nil { break }
        }
        self.fields = fields
    }

    /// Takes a field; the comma behind it is left. `nil` where its quotes are not in order.
    private static func field(_ rest: inout Substring) -> String? {
        guard rest.first == "\"" else {
            let field = rest.prefix { $0 != "," }
            rest = rest[field.endIndex...]
            return field.contains("\"") ? nil : String(field)
        }
        rest.removeFirst()
        var field = ""
        while let character = rest.popFirst() {
            guard character == "\"" else {
                field.append(character)
                continue
            }
            guard rest.first == "\"" else { return rest.first == nil || rest.first == "," ? field : nil }
            field.append(rest.removeFirst())
        }
        return nil
    }

    /// The fields as names and values, in their order.
    ///
    /// Throws ``BuildOptionError`` where one is not `NAME=VALUE`.
    package func pairs() throws(BuildOptionError) -> [(name: String, value: String)] {
        var pairs: [(String, String)] = []
        for field in fields {
            guard let equals = field.firstIndex(of: "="), equals > field.startIndex else {
                throw error(
                    field.isEmpty ? "it has an empty field" : "`\(field)` has no value",
                    hint: field.isEmpty ? "leave out the comma" : "write `\(field)=…`")
            }
            pairs.append((String(field[..<equals]), String(field[field.index(after: equals)...])))
        }
        return pairs
    }

    func error(_ reason: String, hint: String? = nil) -> BuildOptionError {
        BuildOptionError(subject, text, reason, hint: hint)
    }
}

/// What is wrong with the value of an option.
package struct BuildOptionError: Error, Hashable, Sendable, CustomStringConvertible {
    package let message: String
    package let hint: String?

    package init(_ subject: String, _ text: String, _ reason: String, hint: String? = nil) {
        message = "\(subject) `\(text)` makes no sense: \(reason)"
        self.hint = hint
    }

    private init(message: String, hint: String) {
        self.message = message
        self.hint = hint
    }

    /// Of an image that is to be pushed.
    package static let unnamed = BuildOptionError(
        message: "the image has no name to push it to", hint: "give it one with `-t HOST/NAME:TAG`")

    package var description: String { message + (hint.map { " (\($0))" } ?? "") }
}
