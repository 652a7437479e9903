import Archive
import Blobs

/// Makes layers, or finds them made already.
struct LayerMaker: Sendable {
    let cache: LayerCache
    let indexes: LayerIndexes
    let writer: LayerWriter
    /// Whether layers that were made before are to be left alone.
    let isWithoutCache: Bool

    /// A layer in the store, its contents at hand.
    struct Made {
        var layer: Layer
        var index: TarIndex
        var content: any LayerContent
        var isCached: Bool
        /// The number of entries, and the archive's size in bytes.
        var entryCount: Int
        var tarSize: Int64

        var summary: LayerSummary {
            LayerSummary(layer: layer, entryCount: entryCount, tarSize: tarSize)
        }
    }

    /// The same, but what it writes ends with `CancellationError` once the question is answered with yes.
    func asking(_ isCanceled: @escaping @Sendable () -> Bool) -> LayerMaker {
        LayerMaker(
            cache: cache, indexes: indexes,
            writer: LayerWriter(store: writer.store, threads: writer.threads, isCanceled: isCanceled),
            isWithoutCache: isWithoutCache)
    }

    /// Blocks. Throws as ``LayerWriter/write(_:)``.
    func make(_ entries: [LayerEntry]) throws -> Made {
        let keys = try LayerKeys(entries)
        if !isWithoutCache, let hit = try find(entries, keys) {
            let index = try indexes.index(of: hit.layer)
            return made(hit.layer, index, isCached: true, tarSize: hit.tarSize)
        }
        let written = try writer.write(entries)
        try cache.keep(written, under: keys)
        try indexes.keep(written.index, of: written.layer.diffID)
        return made(written.layer, written.index, isCached: false, tarSize: written.tarSize)
    }

    private func find(_ entries: [LayerEntry], _ keys: LayerKeys) throws -> LayerCache.Hit? {
        if let full = keys.full { return try cache.layer(named: full) }
        guard cache.knows(shape: keys.shape) else { return nil }
        return try cache.layer(withDiffID: writer.diffID(of: entries))
    }

    private func made(_ layer: Layer, _ index: TarIndex, isCached: Bool, tarSize: Int64) -> Made {
        Made(
            layer: layer, index: index,
            content: StoredLayerContent(layer: layer, index: index, store: writer.store), isCached: isCached,
            entryCount: index.members.count, tarSize: tarSize)
    }

    /// A layer that an image brought.
    func existing(_ layer: Layer) throws -> Made {
        made(layer, try indexes.index(of: layer), isCached: true, tarSize: 0)
    }
}
