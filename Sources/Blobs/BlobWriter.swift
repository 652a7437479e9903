import Cryptography
import Glibc
package import OCI

/// A blob being written: hashed as it comes, and in its place only when it is whole.
///
/// A writer that goes without ``finish(expecting:)`` takes its file with it. All calls block.
package struct BlobWriter: ~Copyable {
    private let store: BlobStore
    private let file: FileDescriptor
    private let algorithm: Digest.Algorithm
    private var hasher: DigestHasher
    /// The number of bytes so far.
    package private(set) var size: Int64 = 0

    package init(store: BlobStore, algorithm: Digest.Algorithm = .sha256) throws {
        let hasher = try DigestHasher(algorithm)
        let name = (0..<4).map { _ in String(UInt32.random(in: 0...UInt32.max), radix: 36) }.joined()
        let file = try FileDescriptor(opening: "\(store.incoming)/\(name)", O_RDWR | O_CREAT | O_EXCL)
        self.store = store
        self.algorithm = algorithm
        self.hasher = hasher
        self.file = file
    }

    deinit {
        // Once finished the name is gone, and this removes nothing.
        unlink(file.path)
    }

    package mutating func append(_ bytes: UnsafeRawBufferPointer) throws(BlobError) {
        try file.write(bytes)
        hasher.update(bytes)
        size += Int64(bytes.count)
    }

    package mutating func append(_ bytes: [UInt8]) throws(BlobError) {
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(BlobError) in try file.write(bytes) }
        }
        try result.get()
        bytes.withUnsafeBytes { hasher.update($0) }
        size += Int64(bytes.count)
    }

    /// Puts the blob in its place; it survives a loss of power once this returns.
    ///
    /// A digest of another algorithm than the writer's costs a second look at all the bytes. Throws ``BlobError``
    /// with the reason `digestMismatch` when the bytes are not the expected ones.
    package consuming func finish(expecting expected: Digest? = nil) throws(BlobError) -> (
        digest: Digest, size: Int64
    ) {
        let digest = try digest(by: expected?.algorithm ?? algorithm)
        if let expected, expected != digest {
            throw BlobError(
                "store the blob \(expected)", reason: .digestMismatch,
                message: "its \(size) bytes have the digest \(digest)")
        }
        if try store.size(of: digest) == nil {
            try file.sync()
            try store.adopt(file.path, as: digest)
        }
        return (digest, size)
    }

    private borrowing func digest(by wanted: Digest.Algorithm) throws(BlobError) -> Digest {
        if wanted == algorithm { return hasher.copy().finish() }
        var other: DigestHasher
        do { other = try DigestHasher(wanted) } catch {
            throw BlobError("hash a blob", message: error.message)
        }
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        var offset: Int64 = 0
        while offset < size {
            let result = buffer.withUnsafeMutableBytes { bytes in
                Result { () throws(BlobError) in try file.read(into: bytes, at: offset) }
            }
            let count = try result.get()
            guard count > 0 else { throw BlobError("hash a blob", message: "its file ended early") }
            buffer.withUnsafeBytes { other.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            offset += Int64(count)
        }
        return other.finish()
    }
}
