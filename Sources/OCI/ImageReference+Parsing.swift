extension ImageReference {
    /// Reads a reference with Docker's defaults: no registry is `docker.io`, one component on Docker Hub is in
    /// `library/`, and neither tag nor digest is the tag `latest`.
    ///
    /// Throws ``ImageReferenceError`` when the text is not of Docker's grammar.
    package init(_ text: some StringProtocol) throws(ImageReferenceError) {
        var (host, remainder) = try Self.splitHost(String(text))
        if host == nil || host == .dockerHub, !remainder.contains("/") { remainder = "library/" + remainder }
        try self.init(registry: host ?? .dockerHub, remainder: remainder)
        if tag == nil, digest == nil { tag = .latest }
    }

    /// Reads a reference whose missing registry is `registry`, as on the command line, where an image without a
    /// host is one of the embedded registry's. Neither tag nor digest is the tag `latest`.
    package init(_ text: some StringProtocol, in registry: RegistryHost) throws(ImageReferenceError) {
        let (host, remainder) = try Self.splitHost(String(text))
        try self.init(registry: host ?? registry, remainder: remainder)
        if tag == nil, digest == nil { tag = .latest }
    }

    private init(registry: RegistryHost, remainder: String) throws(ImageReferenceError) {
        var name = Substring(remainder)
        var digest: Digest?
        var tag: Tag?
        if let at = name.firstIndex(of: "@") {
            let text = name[name.index(after: at)...]
            do { digest = try Digest(text) } catch { throw .malformedDigest(String(text)) }
            name = name[..<at]
        }
        if let colon = name.lastIndex(of: ":") {
            tag = try Tag(name[name.index(after: colon)...])
            name = name[..<colon]
        }
        self.init(registry: registry, repository: try RepositoryName(name), tag: tag, digest: digest)
    }

    /// Docker's rule: what stands before the first slash is a host when it has a dot or a colon, is `localhost`,
    /// or has a capital letter (which no repository has).
    private static func splitHost(_ text: String) throws(ImageReferenceError) -> (RegistryHost?, String) {
        guard !text.isEmpty else { throw .empty }
        if text.utf8.count == 64, text.utf8.allSatisfy(\.isLowercaseHexDigit) { throw .hexadecimalName(text) }
        guard let slash = text.firstIndex(of: "/") else { return (nil, text) }
        let first = text[..<slash]
        let looksLikeHost =
            first.contains(".") || first.contains(":") || first == "localhost"
            || first.contains(where: \.isUppercase)
        // A first component that only looks like a host is refused below as a repository.
        guard looksLikeHost, let host = try? RegistryHost(first) else { return (nil, text) }
        return (host, String(text[text.index(after: slash)...]))
    }
}

/// Why a text is not an image reference.
package enum ImageReferenceError: Error, Equatable, CustomStringConvertible {
    case empty
    case malformedHost(String)
    case malformedRepository(String)
    case uppercase(String)
    case malformedTag(String)
    case malformedDigest(String)
    case hexadecimalName(String)
    case tooLong(String)

    package var description: String {
        switch self {
        case .empty: "an image reference is empty: expected `[HOST/]REPOSITORY[:TAG][@DIGEST]`"
        case .malformedHost(let text): "`\(text)` is not a registry host: expected `HOST[:PORT]`"
        case .malformedRepository(let text):
            "`\(text)` is not a repository name: expected lower-case letters and digits, separated by `.`, `_`, `-` or `/`"
        case .uppercase(let text): "`\(text)` is not a repository name: it must be lower-case"
        case .malformedTag(let text):
            "`\(text)` is not a tag: expected up to 128 letters, digits, `_`, `.` and `-`, not starting with `.` or `-`"
        case .malformedDigest(let text):
            "`\(text)` is not a digest: expected `sha256:` and 64 hexadecimal digits"
        case .hexadecimalName(let text):
            "`\(text)` is not a repository name: 64 hexadecimal digits alone would be taken for an image id"
        case .tooLong(let text): "the repository name `\(text.prefix(40))…` is longer than 255 bytes"
        }
    }
}
