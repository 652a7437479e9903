/// `RUN --mount=…` as it is written: fields with commas between them; see ``RunMount``.
package struct MountOptions: Equatable, Sendable {
    package struct Field: Equatable, Sendable {
        /// In lower case.
        package var key: String
        /// As it is written; `nil` where there is no equals sign.
        package var value: String?
    }

    package var fields: [Field]
    /// The whole option, for errors.
    package var word: Word

    /// The stage or image that it mounts; variables are not allowed in it.
    package var from: String? {
        fields.last { $0.key == "from" }.flatMap { $0.value }.flatMap { $0.isEmpty ? nil : $0 }
    }

    init(_ word: Word) throws(DockerfileError) {
        self.word = word
        fields = try Self.split(word).map { text in
            let (key, value) = text.splitAtEquals
            return Field(key: key.lowercased(), value: value)
        }
        // A dollar sign at the very end is one.
        if let from, from.dropLast().contains("$") {
            throw word.error(
                "`from=\(from.excerpt)` has a variable, which `--mount` does not replace there",
                hint: "name a stage with `FROM \(from.excerpt) AS NAME`, and use that name")
        }
    }

    /// Splits at commas that are not in a double-quoted field (RFC 4180).
    private static func split(_ word: Word) throws(DockerfileError) -> [String] {
        var fields: [String] = []
        var rest = word.text.unicodeScalars[...]
        while true {
            var field = String.UnicodeScalarView()
            if rest.first == "\"" {
                rest.removeFirst()
                field = try quoted(&rest, word)
            } else {
                field.append(contentsOf: rest.prefix { $0 != "," })
                rest = rest.drop { $0 != "," }
                if field.contains("\"") { throw malformed(word) }
            }
            fields.append(String(field))
            guard let comma = rest.popFirst() else { return fields }
            guard comma == "," else { throw malformed(word) }
        }
    }

    private static func quoted(
        _ rest: inout Substring.UnicodeScalarView, _ word: Word
    ) throws(DockerfileError) -> String.UnicodeScalarView {
        var field = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            guard scalar == "\"" else {
                field.append(scalar)
                continue
            }
            guard rest.first == "\"" else { return field }
            rest.removeFirst()
            field.append("\"")
        }
        throw malformed(word)
    }

    private static func malformed(_ word: Word) -> DockerfileError {
        word.error("the quotes in `--mount=\(word.text.excerpt)` are not around whole fields")
    }
}
