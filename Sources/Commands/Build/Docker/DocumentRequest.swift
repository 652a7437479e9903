/// Whether a document about the image is asked for, in the fields of `--attest`, `--sbom` and `--provenance`.
struct DocumentRequest: Hashable, Sendable {
    enum Kind: String, Hashable, Sendable, CaseIterable { case sbom, provenance }

    let kind: Kind
    let isWanted: Bool

    /// Reads `type=KIND,disabled=true`, or the same without `type` where `kind` is known, or `true` and `false`.
    ///
    /// Throws ``CommandError`` at what it does not know, and at what this program would not do.
    init(parsing text: String, kind known: Kind?, option: String) throws(CommandError) {
        var kind = known
        var isWanted = true
        for field in text.split(separator: ",", omittingEmptySubsequences: false) {
            if known != nil, let value = Bool(docker: field) {
                isWanted = value
                continue
            }
            let (name, value) = DockerWord.nameAndValue(field)
            switch (name, value) {
            case ("type", let value?):
                guard let named = Kind(rawValue: value), known == nil || named == known else {
                    throw Self.mistake(
                        option, text, "`\(value)` is no document: expected `sbom` or `provenance`")
                }
                kind = named
            case ("disabled", let value?):
                guard let isDisabled = Bool(docker: value) else {
                    throw Self.mistake(option, text, "`disabled` is `\(value)`: expected `true` or `false`")
                }
                isWanted = !isDisabled
            default: try Self.check(name, value, option, text)
            }
        }
        guard let kind else { throw Self.mistake(option, text, "it has no `type`") }
        (self.kind, self.isWanted) = (kind, isWanted)
    }

    /// Options of a provenance that ask for what is always done; all others would be another document.
    private static func check(
        _ name: String, _ value: String?, _ option: String, _ text: String
    ) throws(CommandError) {
        switch (name, value) {
        case ("mode", "max"), ("version", "v1"): return
        case ("mode", "min"):
            throw mistake(option, text, "a provenance always names the build arguments that are no secrets")
        case ("version", .some):
            throw mistake(option, text, "provenances are SLSA's version `v1`")
        case ("generator", .some):
            throw mistake(option, text, "packages are found by this program itself")
        default: throw mistake(option, text, "there is no option `\(name)`")
        }
    }

    private static func mistake(_ option: String, _ text: String, _ reason: String) -> CommandError {
        CommandError(
            "`--\(option) \(text)` cannot be done: \(reason)",
            hint: "write `--sbom` or `--provenance` alone", status: .usage)
    }

    /// Whether a word behind `--sbom` or `--provenance` is its value, and no context.
    static func isValue(_ word: String) -> Bool {
        if Bool(docker: word) != nil { return word.count > 1 }
        let names = ["builder-id", "disabled", "generator", "mode", "version"]
        return names.contains { word.hasPrefix("\($0)=") }
    }
}
