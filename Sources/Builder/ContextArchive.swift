import Archive
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

    /// Whether a file begins as an archive does: with a tar header, or as something compressed. What is compressed and no
    /// archive is found out by opening it.
    package static func isArchive(_ file: any RandomAccess) throws -> Bool {
        let start = try file.bytes(at: 0, count: TarFormat.blockSize)
        return isCompressed(start) || TarFormat.isHeader(start)
    }

    /// What gzip, bzip2, xz and zstd write first.
    private static let compressions: [[UInt8]] = [
        [0x1F, 0x8B], Array("BZh".utf8), [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], [0x28, 0xB5, 0x2F, 0xFD],
    ]

    static func isCompressed(_ start: [UInt8]) -> Bool { compressions.contains { start.starts(with: $0) } }
}
