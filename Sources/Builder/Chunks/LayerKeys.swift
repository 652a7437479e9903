import Archive
import Cryptography
import Dispatch
import OCI
import Synchronization

/// The names under which a layer and its chunks can be found again before they are written.
struct LayerKeys: Sendable {
    /// Everything in each chunk; `nil` where one of its contents has no name.
    private(set) var chunks: [Digest?]
    /// Everything; `nil` where a content has no name.
    private(set) var full: Digest?
    /// Whether a layer of other names, but of this shape, may be the same.
    private(set) var isAmbiguous = false

    /// Hashes on all cores.
    init(_ layer: ChunkedEntries) throws(CryptoError) {
        let found = Mutex([Result<ChunkKey, CryptoError>?](repeating: nil, count: layer.chunks.count))
        DispatchQueue.concurrentPerform(iterations: layer.chunks.count) { number in
            let key = Result { () throws(CryptoError) in try ChunkKey(layer.chunks[number], of: layer) }
            found.withLock { $0[number] = key }
        }
        chunks = []
        // What a key means is part of it: another version of this program may make other layers.
        var all = Array("layer 2\n".utf8)
        var isNamed = true
        for key in found.withLock({ $0 }) {
            guard let key = try key?.get() else { continue }
            chunks.append(key.digest)
            isAmbiguous = isAmbiguous || key.isAmbiguous
            isNamed = isNamed && key.digest != nil
            all += Array((key.digest?.hex ?? "").utf8) + [UInt8(ascii: "\n")]
        }
        full = isNamed ? try Digest(of: all) : nil
    }

    /// Everything but the contents: names, kinds, modes, owners, sizes.
    static func shape(of entries: [LayerEntry]) throws(CryptoError) -> Digest {
        var hasher = try DigestHasher()
        var encoder = CompactEncoder(bytes: [])
        for entry in entries {
            encoder.put(entry.entry)
            guard encoder.bytes.count >= 64 << 10 else { continue }
            hasher.update(encoder.bytes.span.bytes)
            encoder.bytes.removeAll(keepingCapacity: true)
        }
        hasher.update(encoder.bytes.span.bytes)
        return hasher.finish()
    }
}

/// The name of a chunk: what is in it, and which part of that.
private struct ChunkKey {
    var digest: Digest?
    var isAmbiguous = false

    init(_ chunk: ChunkedEntries.Chunk, of layer: ChunkedEntries) throws(CryptoError) {
        // What a key means is part of it: another version of this program may make other chunks.
        var encoder = CompactEncoder(bytes: Array("chunk 1\n".utf8))
        encoder.put(Int64(chunk.length))
        encoder.put(chunk.offset)
        for entry in layer.entries[chunk.entries] {
            encoder.put(entry.entry)
            guard let name = try entry.contentID() else {
                isAmbiguous = true
                return
            }
            isAmbiguous = isAmbiguous || name.hasPrefix(FileNode.diskPrefix)
            encoder.put(name.utf8)
        }
        digest = try Digest(of: encoder.bytes)
    }
}
