import Archive
import Blobs

/// Makes layers, or finds them made already.
struct LayerMaker: Sendable {
    let cache: LayerCache
    let indexes: LayerIndexes
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
        LayerMaker(cache: cache, indexes: indexes, writer: writer, isWithoutCache: true)
    }

    /// The same, but what it writes ends with `CancellationError` once the question is answered with yes.
    func asking(_ isCanceled: @escaping @Sendable () -> Bool) -> LayerMaker {
        LayerMaker(
            cache: cache, indexes: indexes,
            writer: LayerWriter(
                store: writer.store, threads: writer.threads, compression: writer.compression,
                isCanceled: isCanceled),
            isWithoutCache: isWithoutCache)
    }

    /// Blocks. Throws as ``LayerWriter/write(_:)``.
    func make(_ entries: [LayerEntry]) throws -> Made {
        let keys = try LayerKeys(entries)
        if !isWithoutCache, let hit = try find(entries, keys) { return made(hit) }
        let written = try writer.write(entries)
        try cache.keep(written, under: keys)
        return try keep(written)
    }

    /// Writes a layer that is not looked for. Blocks.
    func makeAnew(_ entries: [LayerEntry]) throws -> Made { try keep(try writer.write(entries)) }

    /// A layer that was just written.
    func keep(_ written: LayerWriter.Written) throws -> Made {
        try indexes.keep(written.index, of: written.layer)
        return Made(
            layer: written.layer, table: LayerTable(written.layer, indexes, index: written.index),
            isCached: false, entryCount: written.index.members.count, tarSize: written.tarSize)
    }

    private func find(_ entries: [LayerEntry], _ keys: LayerKeys) throws -> LayerCache.Hit? {
        if let full = keys.full, let hit = try cache.layer(named: full) { return hit }
        guard keys.isAmbiguous, cache.knows(shape: keys.shape) else { return nil }
        let hit = try cache.layer(withDiffID: writer.diffID(of: entries))
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
