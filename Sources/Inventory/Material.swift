package import OCI

/// Something that went into a build, by address and digest: SLSA's resource descriptor.
package struct Material: Hashable, Sendable {
    package let uri: String
    /// By the algorithm's name, as in-toto has them: `sha256`, `gitCommit`.
    package let digests: [String: String]

    /// A base image, or one that files were copied from.
    package init(image reference: ImageReference, digest: Digest, platform: Platform? = nil) {
        let purl = PackageURL(
            docker: reference.repository.description,
            version: reference.tag?.description ?? digest.description,
            registry: reference.registry == .dockerHub ? nil : reference.registry.description,
            platform: platform?.description)
        uri = purl.description
        digests = [digest.algorithm.rawValue: digest.hex]
    }

    /// A file that `ADD` fetched.
    package init(file url: String, digest: Digest) {
        uri = SourceURI.withoutCredentials(url)
        digests = [digest.algorithm.rawValue: digest.hex]
    }

    /// A Git repository at a commit: the source, or one that `ADD` fetched.
    package init(repository location: String, commit: String, reference: String? = nil) {
        uri = SourceURI.git(location) + (reference.map { "@\($0)" } ?? "")
        digests = ["gitCommit": commit]
    }

    /// The build's source; `nil` where it is no commit.
    init?(_ source: BuildParameters.Source) {
        guard let commit = source.commit else { return nil }
        self.init(repository: source.location, commit: commit, reference: source.reference)
    }

    private init(uri: String, digests: [String: String]) {
        self.uri = uri
        self.digests = digests
    }

    func hiding(_ secrets: [String]) -> Material { Material(uri: uri.hiding(secrets), digests: digests) }

    /// Sorts by address, then by digest.
    var order: String {
        uri + "\n" + digests.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }.joined()
    }

    var json: JSONValue {
        ["uri": .string(uri), "digest": .object(digests.mapValues(JSONValue.string))]
    }
}

/// Writes where sources are as URIs that anybody may read.
enum SourceURI {
    /// A Git repository's: `git+https://host/path`; paths and `git@host:path` become URIs, too.
    static func git(_ location: String) -> String {
        if location.hasPrefix("/") { return "git+file://" + location }
        let text = Substring(location)
        let isURL = location.contains("://")
        if !isURL, let (host, path) = text.split(at: UInt8(ascii: ":")),
            !host.utf8.contains(UInt8(ascii: "/"))
        {
            return "git+" + withoutCredentials("ssh://\(host)/\(path)")
        }
        guard isURL else { return location }
        let bare = withoutCredentials(location)
        return bare.hasPrefix("git") ? bare : "git+" + bare
    }

    /// A URL without the user and password before its host.
    static func withoutCredentials(_ url: String) -> String {
        let text = Substring(url)
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")),
            let rest = text[colon...].dropping(prefix: "://")
        else { return url }
        let authority = rest.utf8.prefix { !"/?#".utf8.contains($0) }
        guard let at = authority.lastIndex(of: UInt8(ascii: "@")) else { return url }
        return "\(text[..<rest.startIndex])\(rest[rest.utf8.index(after: at)...])"
    }
}
