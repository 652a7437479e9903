/// Names of variables that say that their value is nobody's business.
package enum SecretName {
    private static let secret: Set<Substring> = [
        "apikey", "auth", "credential", "credentials", "key", "password", "pword", "passwd", "secret",
        "token",
    ]
    private static let harmless: Set<Substring> = ["public", "file", "version"]

    /// Whether one of its words does, and none says otherwise; BuildKit's check has the same words.
    package static func isSecret(_ name: String) -> Bool {
        let words = Set(name.lowercased().split(separator: "_", omittingEmptySubsequences: false))
        return !words.isDisjoint(with: secret) && words.isDisjoint(with: harmless)
    }
}
