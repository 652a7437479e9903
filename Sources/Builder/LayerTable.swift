import Archive
import Blobs
import OCI
import Synchronization

/// A layer's table of contents and its contents, read when somebody looks into the layer: most are never looked into.
final class LayerTable: Sendable {
    private let layer: Layer
    private let indexes: LayerIndexes
    private let loaded = Mutex<Contents?>(nil)

    struct Contents: Sendable {
        var index: TarIndex
        var content: any LayerContent
    }

    /// - Parameter index: where it is known already.
    init(_ layer: Layer, _ indexes: LayerIndexes, index: TarIndex? = nil) {
        self.layer = layer
        self.indexes = indexes
        if let index { loaded.withLock { $0 = contents(index) } }
    }

    /// Blocks the first time. Throws as ``LayerIndexes/index(of:)``.
    func contents() throws -> Contents {
        try loaded.withLock { known in
            if let known { return known }
            let contents = contents(try indexes.index(of: layer))
            known = contents
            return contents
        }
    }

    private func contents(_ index: TarIndex) -> Contents {
        Contents(
            index: index, content: StoredLayerContent(layer: layer, index: index, store: indexes.store))
    }
}
