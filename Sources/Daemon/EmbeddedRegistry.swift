import OCI
import Registry

/// The daemon's own registry, and the names by which references mean it.
struct EmbeddedRegistry: Sendable {
    let store: RegistryStore
    /// The host and port that it is told by, in tags and to people.
    let host: RegistryHost

    /// Whether a reference's host is this registry: its own name, or another name of this machine with its port.
    func isHere(_ other: RegistryHost) -> Bool {
        if other == host { return true }
        return other.isLoopback && host.isLoopback && Self.port(of: other) == Self.port(of: host)
    }

    private static func port(of host: RegistryHost) -> Substring? {
        host.description.hasSuffix("]") ? nil : host.description.split(separator: ":").last
    }

    /// The same reference by the registry's own name, where it means this registry; any other as it is.
    func canonical(_ reference: ImageReference) -> ImageReference {
        guard isHere(reference.registry) else { return reference }
        var reference = reference
        reference.registry = host
        return reference
    }

    /// What a reference names here.
    static func manifestReference(_ reference: ImageReference) -> ManifestReference {
        if let digest = reference.digest { return .digest(digest) }
        return .tag(reference.tag ?? .latest)
    }
}
