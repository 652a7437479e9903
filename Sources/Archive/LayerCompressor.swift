/// Takes a layer's archive in chunks and puts out what is stored of it.
///
/// One thread calls ``write(_:)`` and ``finish()``, which may block while compression is behind. The bytes
/// that come out depend on those that go in and on the kind of compression, never on the number of threads.
package protocol LayerCompressor: AnyObject {
    /// An empty chunk to fill; one that was used before, where there is one.
    func spareChunk() -> [UInt8]

    /// Compresses a chunk of at most ``ChunkCutter/maximum`` bytes.
    ///
    /// Throws what compression or the output threw, for this chunk or an earlier one.
    func write(_ chunk: [UInt8]) throws

    /// Likewise, for a chunk that this kind of compression made into `compressed` before.
    ///
    /// - Parameter place: what ``writtenChunks`` told of it; where it was does not matter.
    func write(_ chunk: [UInt8], compressed: [UInt8], from place: CompressedChunk) throws

    /// What each chunk became, once all are written; empty where the compression tells no chunks from each other.
    var writtenChunks: [CompressedChunk] { get }

    /// Ends the compressed stream, and returns when its last byte is written.
    func finish() throws

    /// Gives up: what was written is to be thrown away. Nothing may be called after it.
    func abandon()
}

extension LayerCompressor {
    package func write(_ chunk: [UInt8], compressed: [UInt8], from place: CompressedChunk) throws {
        try write(chunk)
    }
    package var writtenChunks: [CompressedChunk] { [] }
}

/// A chunk as it is in the compressed stream.
package struct CompressedChunk: Hashable, Sendable {
    /// Where it begins, in bytes of the stream.
    package var offset: Int64
    /// In bytes.
    package var length: Int
    /// How long the chunk itself is.
    package var rawLength: Int
    /// Its CRC-32.
    package var checksum: UInt32
    /// The CRC-32 of the chunk itself.
    package var rawChecksum: UInt32

    package init(offset: Int64, length: Int, rawLength: Int, checksum: UInt32, rawChecksum: UInt32) {
        self.offset = offset
        self.length = length
        self.rawLength = rawLength
        self.checksum = checksum
        self.rawChecksum = rawChecksum
    }
}

extension GzipWriter: LayerCompressor {}

/// How a layer's archive is to be compressed.
package enum Compression: Hashable, Sendable {
    case none
    case gzip
    /// A level outside ``zstdLevels`` is refused by ``compressor(threads:output:)``.
    case zstd(level: Int = 3)

    /// The most bytes in a chunk that a compressor is given.
    package static let chunkSize = ChunkCutter.maximum

    /// The levels of zstd that can be asked for: the higher ones need more memory to decompress than all
    /// tools have.
    package static let zstdLevels = 1...19

    /// Starts a compressor.
    ///
    /// - Parameters:
    ///   - threads: how many compress; the bytes do not depend on it.
    ///   - output: is called with the compressed bytes in order, by one thread at a time.
    package func compressor(
        threads: Int, output: @escaping @Sendable ([UInt8]) throws -> Void
    ) throws -> any LayerCompressor {
        switch self {
        case .none: PlainWriter(output: output)
        case .gzip: try GzipWriter(threads: threads, output: output)
        case .zstd(let level): try ZstdWriter(level: level, threads: threads, output: output)
        }
    }
}

/// Passes a layer's archive on as it is.
package final class PlainWriter: LayerCompressor {
    private let output: ([UInt8]) throws -> Void
    private var spare: [UInt8] = []
    package private(set) var writtenChunks: [CompressedChunk] = []

    package init(output: @escaping ([UInt8]) throws -> Void) { self.output = output }

    package func spareChunk() -> [UInt8] {
        var chunk: [UInt8] = []
        swap(&chunk, &spare)
        return chunk
    }

    package func write(_ chunk: [UInt8]) throws {
        if !chunk.isEmpty { try output(chunk) }
        let checksum = Checksum(of: chunk).value
        let offset = writtenChunks.last.map { $0.offset + Int64($0.length) } ?? 0
        writtenChunks.append(
            CompressedChunk(
                offset: offset, length: chunk.count, rawLength: chunk.count, checksum: checksum,
                rawChecksum: checksum))
        spare = chunk
        spare.removeAll(keepingCapacity: true)
    }

    package func finish() throws {}

    package func abandon() {}
}
