import Archive
import Blobs
import Cryptography
import OCI

/// Writes layers in one streaming pass: entries, tar, digest, gzip, digest, blob store. Memory is constant.
struct LayerWriter: Sendable {
    let store: BlobStore
    /// How many threads compress; the bytes do not depend on it.
    let threads: Int
    var compression = Compression.gzip
    /// Asked between two pieces; the write ends with `CancellationError` once it says so.
    let isCanceled: @Sendable () -> Bool

    /// A layer that is in the store.
    struct Written {
        var layer: Layer
        var index: TarIndex
        /// The archive's size in bytes.
        var tarSize: Int64
        /// What each chunk became; empty where the compression tells no chunks from each other.
        var chunks: [CompressedChunk] = []
    }

    /// Writes the layer. Blocks.
    ///
    /// - Parameter entries: sorted, each path once.
    ///
    /// Throws ``BlobError`` when the disk does not take it, and what reading the contents throws; nothing is left then.
    func write(_ entries: [LayerEntry]) throws -> Written { try write(ChunkedEntries(entries)) }

    /// Likewise.
    ///
    /// - Parameter old: a layer whose chunks are taken over where they are the same: the bytes do not depend on it.
    func write(_ layer: ChunkedEntries, reusing old: ChunkReuse? = nil) throws -> Written {
        let sink = BlobSink(try BlobWriter(store: store))
        // The compressor's threads start last: all before them may throw.
        let hasher = try DigestHasher()
        let reader = try old?.reader(threads: threads)
        defer { reader?.stop() }
        let compressor = try compression.compressor(threads: threads) { try sink.append($0) }
        let pass = LayerPass(layer, hasher, compressor)
        do {
            try pass.run(reader, isCanceled)
            try compressor.finish()
            let (diffID, index) = pass.finish()
            let blob = try sink.finish()
            let descriptor = Descriptor(
                mediaType: compression.mediaType, digest: blob.digest, size: blob.size)
            return Written(
                layer: Layer(descriptor: descriptor, diffID: diffID), index: index, tarSize: layer.size,
                chunks: compressor.writtenChunks)
        } catch {
            compressor.abandon()
            throw error
        }
    }

    /// The digest that the layer's archive has, without writing it. Blocks.
    func diffID(of entries: [LayerEntry]) throws -> Digest {
        try diffID(of: ChunkedEntries(entries))
    }

    /// Likewise.
    func diffID(of layer: ChunkedEntries) throws -> Digest {
        let hash = ArchiveHash(try DigestHasher())
        var filler = ChunkFiller(layer, into: hash, isCanceled)
        try filler.fill(layer.chunks.indices)
        return hash.digest
    }
}

extension Compression {
    fileprivate var mediaType: MediaType {
        switch self {
        case .none: .ociLayer
        case .gzip: .layer(.gzip)
        case .zstd: .layer(.zstd)
        }
    }

    /// What tells the cache's records of layers in this compression from others.
    ///
    /// Where the bytes that a compression gives for the same archive change, this has to.
    var cacheSuffix: String {
        switch self {
        case .none: "-plain"
        case .gzip: "-gzip2"
        case .zstd(let level): "-zstd\(level)"
        }
    }
}
