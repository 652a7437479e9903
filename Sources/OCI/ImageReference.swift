/// A name that finds an image: registry, repository, and a tag or a digest or both.
///
/// The grammar is the one of Docker's `distribution/reference`; text is read with Docker's defaults by
/// ``init(_:)``: `busybox` is `docker.io/library/busybox:latest`.
package struct ImageReference: Hashable, Sendable, CustomStringConvertible {
    package var registry: RegistryHost
    package var repository: RepositoryName
    package var tag: Tag?
    package var digest: Digest?

    package init(registry: RegistryHost, repository: RepositoryName, tag: Tag? = nil, digest: Digest? = nil) {
        self.registry = registry
        self.repository = repository
        self.tag = tag
        self.digest = digest
    }

    /// The reference in full: `docker.io/library/busybox:latest`.
    package var description: String {
        "\(registry)/\(repository)" + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
    }

    /// The reference as a person would write it: `busybox:latest`.
    package var familiar: String {
        guard registry == .dockerHub else { return description }
        let library = "library/"
        var short = description.dropFirst("docker.io/".count)
        if short.hasPrefix(library), !short.dropFirst(library.count).contains("/") {
            short = short.dropFirst(library.count)
        }
        // A repository that begins like a host needs the host before it.
        let again = try? ImageReference(short)
        return again?.registry == registry && again?.repository == repository ? String(short) : description
    }

    /// The same repository under another tag, and no digest.
    package func tagged(_ tag: Tag) -> ImageReference {
        ImageReference(registry: registry, repository: repository, tag: tag)
    }

    /// The same repository with exactly these bytes.
    package func pinned(to digest: Digest) -> ImageReference {
        ImageReference(registry: registry, repository: repository, tag: tag, digest: digest)
    }
}

/// A registry's host name or address, with its port where it has one.
package struct RegistryHost: Hashable, Sendable, CustomStringConvertible {
    /// Lower-case, as in a URL: `ghcr.io`, `127.0.0.1:5000`, `[::1]:5000`. Where only a capital letter tells a host from
    /// the start of a repository's name, it stays.
    package let description: String

    package static let dockerHub = RegistryHost(unchecked: "docker.io")

    private init(unchecked text: String) { description = text }

    /// Reads a host with an optional port; IPv6 addresses stand in brackets.
    ///
    /// Throws ``ImageReferenceError`` when the text is no host.
    package init(_ text: some StringProtocol) throws(ImageReferenceError) {
        let lower = text.lowercased()
        // Some letters that are not ASCII have lower-case forms that are.
        guard text.utf8.allSatisfy({ $0 < 0x80 }), Self.isHost(lower) else {
            throw .malformedHost(String(text))
        }
        let isPlain = lower != "localhost" && !lower.contains(".") && !lower.contains(":")
        let isHub = lower == "index.docker.io" || lower == "registry-1.docker.io"
        description = isHub ? "docker.io" : isPlain ? String(text) : lower
    }

    private static func isHost(_ text: String) -> Bool {
        var host = Substring(text)
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return false }
            let address = host[host.index(after: host.startIndex)..<end]
            let isAddress =
                address.contains(":") && address.utf8.allSatisfy { $0.isLowercaseHexDigit || $0 == 0x3A }
            let port = host[host.index(after: end)...]
            return isAddress && (port.isEmpty || port.hasPrefix(":") && isPort(port.dropFirst()))
        }
        if let colon = host.firstIndex(of: ":") {
            guard isPort(host[host.index(after: colon)...]) else { return false }
            host = host[..<colon]
        }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        return labels.allSatisfy { label in
            !label.isEmpty && label.utf8.allSatisfy { $0.isASCIILetterOrDigit || $0 == UInt8(ascii: "-") }
                && label.first != "-" && label.last != "-"
        }
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.utf8.allSatisfy(\.isASCIIDigit) && UInt16(text) != nil
    }

    /// The name or address without port and brackets.
    package var name: Substring {
        if description.hasPrefix("["), let end = description.firstIndex(of: "]") {
            return description[description.index(after: description.startIndex)..<end]
        }
        return description.prefix { $0 != ":" }
    }

    /// Whether this names the machine itself, where plain HTTP is safe.
    package var isLoopback: Bool {
        name == "localhost" || name == "::1" || name.hasPrefix("127.") || name.hasSuffix(".localhost")
    }
}

/// The name of a repository in a registry: lower-case path components.
package struct RepositoryName: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// Throws ``ImageReferenceError`` unless every component is lower-case letters and digits with single
    /// separators (`.`, `_`, `__`, or dashes), and all of it is at most 255 bytes.
    package init(_ text: some StringProtocol) throws(ImageReferenceError) {
        guard text.utf8.count <= 255 else { throw .tooLong(String(text)) }
        let components = text.split(separator: "/", omittingEmptySubsequences: false)
        guard components.allSatisfy({ Self.isComponent(Array($0.utf8)) }) else {
            if text.contains(where: \.isUppercase) { throw .uppercase(String(text)) }
            throw .malformedRepository(String(text))
        }
        description = String(text)
    }

    private static func isComponent(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first, let last = bytes.last, first.isLowercaseLetterOrDigit,
            last.isLowercaseLetterOrDigit
        else { return false }
        return bytes.split(whereSeparator: \.isLowercaseLetterOrDigit).allSatisfy { separator in
            [".", "_", "__"].contains(String(decoding: separator, as: UTF8.self))
                || separator.allSatisfy { $0 == UInt8(ascii: "-") }
        }
    }
}

/// The name of a tag in a repository.
package struct Tag: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package static let latest = Tag(unchecked: "latest")

    private init(unchecked text: String) { description = text }

    /// Throws ``ImageReferenceError`` unless the text is a letter, digit or underscore, and then at most 127 of
    /// these and dots and dashes.
    package init(_ text: some StringProtocol) throws(ImageReferenceError) {
        let bytes = Array(text.utf8)
        guard (1...128).contains(bytes.count), bytes[0].isWordByte,
            bytes.allSatisfy({ $0.isWordByte || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") })
        else { throw .malformedTag(String(text)) }
        description = String(text)
    }
}

extension UInt8 {
    var isASCIIDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
    var isLowercaseLetterOrDigit: Bool {
        isASCIIDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self)
    }
    var isASCIILetterOrDigit: Bool {
        isLowercaseLetterOrDigit || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self)
    }
    var isWordByte: Bool { isASCIILetterOrDigit || self == UInt8(ascii: "_") }
}
