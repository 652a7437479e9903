import Dispatch
package import NIOCore
package import OCI

extension BlobStore {
    /// The bytes of a blob, or of a range of it, in pieces of at most 1 MiB, read off the cooperative pool.
    ///
    /// Throws ``BlobError`` at once when the store does not have the blob.
    package func chunks(of digest: Digest, in range: Range<Int64>? = nil) throws(BlobError) -> BlobChunks {
        let reader = try reader(of: digest)
        let range = (range ?? 0..<reader.size).clamped(to: 0..<reader.size)
        return BlobChunks(reader: reader, range: range)
    }
}

/// A blob's bytes as a stream; each iteration reads it anew.
package struct BlobChunks: AsyncSequence, Sendable {
    package typealias Element = ByteBuffer

    let reader: BlobReader
    let range: Range<Int64>

    /// The number of bytes in the stream.
    package var size: Int64 { Int64(range.count) }

    package func makeAsyncIterator() -> Iterator { Iterator(reader: reader, rest: range) }

    package struct Iterator: AsyncIteratorProtocol {
        private static let chunkSize = 1 << 20
        private static let queue = DispatchQueue(label: "slipway.blob-read", attributes: .concurrent)

        let reader: BlobReader
        var rest: Range<Int64>

        package mutating func next() async throws -> ByteBuffer? {
            guard !rest.isEmpty else { return nil }
            let (reader, offset, count) = (reader, rest.lowerBound, Swift.min(Self.chunkSize, rest.count))
            let buffer = try await withCheckedThrowingContinuation { continuation in
                Self.queue.async {
                    continuation.resume(with: Result { try reader.buffer(at: offset, count: count) })
                }
            }
            rest = (offset + Int64(count))..<rest.upperBound
            return buffer
        }
    }
}

extension BlobReader {
    fileprivate func buffer(at offset: Int64, count: Int) throws -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        let read = try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
            try self.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<count]), at: offset)
        }
        guard read == count else {
            throw BlobError("read a blob", message: "its file ended \(count - read) bytes early")
        }
        return buffer
    }
}
