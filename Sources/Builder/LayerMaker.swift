import Archive
import Blobs
import OCI

/// Makes layers, or finds them made already.
struct LayerMaker: Sendable {
    let cache: LayerCache
    let indexes: LayerIndexes
    let chunks: ChunkRecords
    let writer: LayerWriter
    /// Whether layers that were made before are to be left alone.
    let isWithoutCache: Bool

    /// A layer in the store.
    struct Made {
        var layer: Layer
        var table: LayerTable
        var isCached: Bool
        /// The number of entries, and the archive's size in bytes.
        var entryCount: Int
        var tarSize: Int64

        var hit: LayerCache.Hit {
            LayerCache.Hit(layer: layer, tarSize: tarSize, entryCount: entryCount)
        }

        var summary: LayerSummary {
            LayerSummary(layer: layer, entryCount: entryCount, tarSize: tarSize)
        }
    }

    /// The same, but it finds nothing that was made before.
    var withoutCache: LayerMaker {
        LayerMaker(cache: cache, indexes: indexes, chunks: chunks, writer: writer, isWithoutCache: true)
    }

    /// The same, but what it writes ends with `CancellationError` once the question is answered with yes.
    func asking(_ isCanceled: @escaping @Sendable () -> Bool) -> LayerMaker {
        LayerMaker(
            cache: cache, indexes: indexes, chunks: chunks,
            writer: LayerWriter(
                store: writer.store, threads: writer.threads, compression: writer.compression,
                isCanceled: isCanceled),
            isWithoutCache: isWithoutCache)
    }

    /// Makes a layer, or finds it made. Blocks.
    ///
    /// - Parameter step: what makes it: what is the same in the layer that it made last is taken over from that.
    ///
    /// Throws as ``LayerWriter/write(_:)``.
    func make(_ entries: [LayerEntry], in step: StepMemory.Place? = nil) throws -> Made {
        let layer = ChunkedEntries(entries)
        let keys = try LayerKeys(layer)
        if !isWithoutCache, let full = keys.full, let hit = try cache.layer(named: full) { return made(hit) }
        let shape = keys.isAmbiguous ? try LayerKeys.shape(of: entries) : nil
        let old =
            isWithoutCache ? nil : try step.flatMap { try chunks.reuse(of: layer, keys, in: $0, writer) }
        if !isWithoutCache, let hit = try find(layer, keys, shape, old) { return made(hit) }
        let written = try writer.write(layer, reusing: old)
        // What is new by name turned out to be what was there.
        let isCached =
            try old?.layer == written.layer.descriptor.digest
            && cache.layer(withDiffID: written.layer.diffID) != nil
        try cache.keep(written, under: keys.full, shape: shape)
        if let step { try chunks.keep(written, keys, in: step, writer.compression) }
        return try keep(written, isCached: isCached)
    }

    /// Writes a layer that is not looked for. Blocks.
    func makeAnew(_ entries: [LayerEntry]) throws -> Made { try keep(try writer.write(entries)) }

    /// A layer that was just written.
    ///
    /// - Parameter isCached: whether the same was made before.
    func keep(_ written: LayerWriter.Written, isCached: Bool = false) throws -> Made {
        try indexes.keep(written.index, of: written.layer)
        return Made(
            layer: written.layer, table: LayerTable(written.layer, indexes, index: written.index),
            isCached: isCached, entryCount: written.index.members.count, tarSize: written.tarSize)
    }

    /// A layer that other contents by name, but the same by their bytes, made before.
    private func find(
        _ layer: ChunkedEntries, _ keys: LayerKeys, _ shape: Digest?, _ old: ChunkReuse?
    ) throws -> LayerCache.Hit? {
        guard let shape, cache.knows(shape: shape) else { return nil }
        // Where most of it can be taken over, writing it is faster than reading it.
        if let old, old.size > layer.size / 2 { return nil }
        let hit = try cache.layer(withDiffID: writer.diffID(of: layer))
        if let hit, let full = keys.full { try cache.keep(hit, named: full) }
        return hit
    }

    /// A layer that was made before.
    func made(_ hit: LayerCache.Hit) -> Made {
        Made(
            layer: hit.layer, table: LayerTable(hit.layer, indexes), isCached: true,
            entryCount: hit.entryCount, tarSize: hit.tarSize)
    }

    /// A layer that an image brought. It is read through where nobody has looked into it before.
    func existing(_ layer: Layer) throws -> Made {
        let index = try indexes.firstIndex(of: layer)
        return Made(
            layer: layer, table: LayerTable(layer, indexes, index: index), isCached: true, entryCount: 0,
            tarSize: 0)
    }
}
