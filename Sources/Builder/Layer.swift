package import OCI

/// A layer of an image: what is stored, and the digest of the archive in it.
package struct Layer: Hashable, Sendable {
    package var descriptor: Descriptor
    package var diffID: Digest

    package init(descriptor: Descriptor, diffID: Digest) {
        self.descriptor = descriptor
        self.diffID = diffID
    }
}
