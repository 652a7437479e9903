package import OCI
import Synchronization

/// A blob that is written from whichever thread has its next bytes: the output of a compressor of several threads.
///
/// What is written when it goes without ``finish()`` goes, too.
package final class BlobSink: Sendable {
    private let writer: Mutex<BlobWriter?>

    package init(_ writer: consuming sending BlobWriter) { self.writer = Mutex(writer) }

    /// Throws ``BlobError`` when the disk does not take the bytes, and `CancellationError` once it did not.
    package func append(_ bytes: [UInt8]) throws {
        try writer.withLock { writer in
            guard var taken = writer.take() else { throw CancellationError() }
            // Where this throws, the writer goes, and its file with it.
            try taken.append(bytes)
            writer = consume taken
        }
    }

    /// Puts the blob in its place. Throws as ``append(_:)``.
    package func finish() throws -> (digest: Digest, size: Int64) {
        try writer.withLock { writer in
            guard let taken = writer.take() else { throw CancellationError() }
            return try taken.finish()
        }
    }
}
