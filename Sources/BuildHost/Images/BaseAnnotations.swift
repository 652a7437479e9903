package import OCI

/// What an image says of the base that it stands on (OCI image specification, annotations.md).
package struct BaseAnnotations: Hashable, Sendable {
    package static let nameKey = "org.opencontainers.image.base.name"
    package static let digestKey = "org.opencontainers.image.base.digest"

    package var name: ImageReference?
    /// Of the base's manifest, or of the index that it was chosen from.
    package var digest: Digest?

    package init(name: ImageReference?, digest: Digest?) {
        self.name = name
        self.digest = digest
    }

    /// Reads them from a manifest's annotations.
    ///
    /// Throws ``ImageReferenceError`` or ``DigestError`` where they are there, and not what they should be.
    package init(_ annotations: [String: String]) throws {
        name = try annotations[Self.nameKey].map { try ImageReference($0) }
        digest = try annotations[Self.digestKey].map { try Digest($0) }
    }

    /// Exactly the base that the image was built on, where that is known: the name alone may mean another by now.
    package var pinned: ImageReference? {
        guard let name, let digest else { return nil }
        return name.pinned(to: digest)
    }

    /// The annotations of an image that stands on this base. What is not known of it is not said of another one.
    package func replacing(in annotations: [String: String]) -> [String: String] {
        var annotations = annotations
        annotations[Self.nameKey] = name?.description
        annotations[Self.digestKey] = digest?.description
        return annotations
    }
}
