import Blobs
import Cryptography
import OCI

/// Moves blobs' bytes, and makes sure that they are those that their descriptors name.
struct VerifiedTransfer: Sendable {
    /// What is being done, as a verb phrase; errors begin with it.
    let operation: String
    let isCanceled: CancellationQuestion

    /// Passes bytes on in pieces. Throws ``LayoutError`` when it has, and they were not the ones.
    func pass(
        _ pieces: Pieces, of descriptor: Descriptor, to sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var hasher = try DigestHasher(descriptor.digest.algorithm)
        var size: Int64 = 0
        while case let piece = try pieces(), !piece.isEmpty {
            if isCanceled() { throw CancellationError() }
            size += Int64(piece.count)
            // More than what was announced would run over what comes next in an archive.
            guard size <= descriptor.size else { break }
            try piece.withUnsafeBytes { bytes in
                hasher.update(bytes)
                try sink(bytes)
            }
        }
        let digest = hasher.finish()
        guard size == descriptor.size, digest == descriptor.digest else {
            throw LayoutError(
                .damaged, operation, "the blob `\(descriptor.digest)` has other bytes than its name says")
        }
    }

    /// Brings a blob into a store, unless it is there.
    func store(_ descriptor: Descriptor, from source: any BlobSource, in store: BlobStore) throws {
        if try store.size(of: descriptor.digest) == descriptor.size { return }
        let pieces = try source.blob(of: descriptor).pieces()
        var writer = try BlobWriter(store: store, algorithm: descriptor.digest.algorithm)
        while case let piece = try pieces(), !piece.isEmpty {
            if isCanceled() { throw CancellationError() }
            try writer.append(piece)
        }
        do { _ = try writer.finish(expecting: descriptor.digest) } catch {
            guard error.reason == .digestMismatch else { throw error }
            throw LayoutError(
                .damaged, operation, "the blob `\(descriptor.digest)` has other bytes than its name says")
        }
    }
}
