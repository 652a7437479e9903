import OCI
import Synchronization

/// What a build found in the cache or put there: that which another machine needs to build the same from the cache.
package final class CacheJournal: Sendable {
    /// A name in the cache, and what it stands for.
    package struct Entry: Hashable, Sendable {
        package var name: String
        /// `nil` for a step that changed nothing, and for a name that only says that something was there.
        package var layer: CachedLayer?

        package init(name: String, layer: CachedLayer?) {
            self.name = name
            self.layer = layer
        }
    }

    /// A layer as the cache knows it.
    package struct CachedLayer: Hashable, Sendable {
        package var layer: Layer
        package var tarSize: Int64
        package var entryCount: Int

        package init(layer: Layer, tarSize: Int64, entryCount: Int) {
            self.layer = layer
            self.tarSize = tarSize
            self.entryCount = entryCount
        }
    }

    private let known = Mutex<[String: CachedLayer?]>([:])

    package init() {}

    func add(_ name: String, _ hit: LayerCache.Hit?) {
        let layer = hit.map { CachedLayer(layer: $0.layer, tarSize: $0.tarSize, entryCount: $0.entryCount) }
        known.withLock { $0[name] = .some(layer) }
    }

    /// All entries, sorted by name.
    package var entries: [Entry] {
        known.withLock { known in
            known.map { Entry(name: $0.key, layer: $0.value) }.sorted { $0.name < $1.name }
        }
    }
}

extension ImageBuilder {
    /// Puts what another machine's cache had into this one's; the layers are in the store already. Blocks.
    ///
    /// Names that are none of the cache's are left out: they came from elsewhere.
    package func adopt(_ entries: [CacheJournal.Entry]) throws {
        let cache = LayerCache(directory: "\(cacheDirectory)/layers", store: store)
        for entry in entries where LayerCache.isName(entry.name) {
            let hit = entry.layer.map {
                LayerCache.Hit(layer: $0.layer, tarSize: $0.tarSize, entryCount: $0.entryCount)
            }
            try cache.keep(hit, as: entry.name)
        }
    }
}
