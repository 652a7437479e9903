package import Blobs
package import OCI

/// A build context that came as a tar archive.
package enum ContextArchive {
    /// Opens an archive of the store, in any common compression, as a tree. Owners mean nothing in a context.
    ///
    /// Throws ``ArchiveError`` when it is no tar archive, or is damaged.
    package static func open(_ archive: Digest, in store: BlobStore) async throws -> any FileTree {
        try await blocking { _ in
            let content = try ArchiveContent(decompressing: store.reader(of: archive), into: store)
            var tree = LayeredTree()
            tree.unpack(try content.index(), content: content)
            return tree
        }
    }
}
