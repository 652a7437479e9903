import Archive
import Cryptography
import OCI

/// One pass over a layer's archive: hashed, listed, and passed on to be compressed.
final class LayerPass: ChunkSink {
    private let layer: ChunkedEntries
    private let compressor: any LayerCompressor
    private var hasher: DigestHasher
    private var scan: MemberScan

    init(_ layer: ChunkedEntries, _ hasher: consuming DigestHasher, _ compressor: any LayerCompressor) {
        self.layer = layer
        self.hasher = hasher
        self.compressor = compressor
        scan = MemberScan(layer.entries)
    }

    /// - Parameter old: gives chunks of an old layer, which need not be made anew.
    func run(_ old: ChunkReader?, _ isCanceled: @escaping () -> Bool) throws {
        var filler = ChunkFiller(layer, into: self, isCanceled)
        var number = 0
        while number < layer.chunks.count {
            if isCanceled() { throw CancellationError() }
            if let old, old.isWanted(number) {
                // What cannot be read, or is damaged, is made anew.
                if let chunk = old.take(number) {
                    try takeOver(chunk)
                } else {
                    try filler.fill(number..<number + 1)
                }
                number += 1
                continue
            }
            let end = old?.nextWanted(after: number) ?? layer.chunks.count
            try filler.fill(number..<end)
            number = end
        }
    }

    func spareChunk() -> [UInt8] { compressor.spareChunk() }

    func take(_ chunk: [UInt8]) throws {
        note(chunk)
        try compressor.write(chunk)
    }

    private func takeOver(_ chunk: ChunkReader.Chunk) throws {
        note(chunk.raw)
        try compressor.write(chunk.raw, compressed: chunk.compressed, from: chunk.place)
    }

    private func note(_ chunk: [UInt8]) {
        hasher.update(chunk.span.bytes)
        scan.pass(chunk.span.bytes)
    }

    /// The archive's digest and table of contents.
    func finish() -> (Digest, TarIndex) { (hasher.copy().finish(), scan.index) }
}

/// Hashes an archive, and nothing else.
final class ArchiveHash: ChunkSink {
    private var hasher: DigestHasher
    private var spare: [UInt8] = []

    init(_ hasher: consuming DigestHasher) { self.hasher = hasher }

    func spareChunk() -> [UInt8] {
        var chunk: [UInt8] = []
        swap(&chunk, &spare)
        return chunk
    }

    func take(_ chunk: [UInt8]) throws {
        hasher.update(chunk.span.bytes)
        spare = chunk
        spare.removeAll(keepingCapacity: true)
    }

    var digest: Digest { hasher.copy().finish() }
}
