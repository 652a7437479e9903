import Dispatch
package import NIOCore
package import OCI

/// A blob that arrives in pieces over the network.
///
/// The disk is written and the hash taken on a thread of the upload's own, never on the cooperative pool.
package actor BlobUpload {
    private let queue = QueueExecutor(label: "slipway.blob-upload")
    private let store: BlobStore
    private let algorithm: Digest.Algorithm
    private var writer: BlobWriter?

    package nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    /// Starts an upload; no file is made before the first byte.
    ///
    /// - Parameter algorithm: what the blob will be named by; another one is possible, and costs a second hash.
    package init(store: BlobStore, algorithm: Digest.Algorithm = .sha256) {
        self.store = store
        self.algorithm = algorithm
    }

    /// The number of bytes so far.
    package var size: Int64 { writer?.size ?? 0 }

    /// Writes a piece behind what is there.
    ///
    /// - Parameter offset: where the piece belongs; the call throws ``UploadError/outOfOrder(expected:)`` when
    ///   that is not the end of what has come so far.
    package func append(_ piece: ByteBuffer, at offset: Int64? = nil) throws {
        if let offset, offset != size { throw UploadError.outOfOrder(expected: size) }
        var taken = try takeWriter()
        let result = piece.withUnsafeReadableBytes { bytes in
            Result { () throws(BlobError) in try taken.append(bytes) }
        }
        // A piece written half leaves a file of unknown length: the upload is over.
        try result.get()
        writer = consume taken
    }

    /// Puts the blob in its place, durable, when its bytes have this digest.
    package func finish(expecting digest: Digest) throws -> Int64 {
        let taken = try takeWriter()
        return try taken.finish(expecting: digest).size
    }

    /// Likewise, whatever its digest is: it names the blob.
    package func finish() throws -> (digest: Digest, size: Int64) { try takeWriter().finish() }

    /// Forgets what has come.
    package func cancel() { writer = nil }

    private func takeWriter() throws -> BlobWriter {
        if let writer = writer.take() { return writer }
        return try BlobWriter(store: store, algorithm: algorithm)
    }
}

/// Why a piece of an upload was not taken.
package enum UploadError: Error, Equatable, CustomStringConvertible {
    case outOfOrder(expected: Int64)

    package var description: String {
        switch self {
        case .outOfOrder(let expected): "the piece does not follow on: the next byte is number \(expected)"
        }
    }
}

/// Runs an actor's work, one piece at a time, on a dispatch queue.
final class QueueExecutor: SerialExecutor {
    private let queue: DispatchQueue

    init(label: String) { queue = DispatchQueue(label: label) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
