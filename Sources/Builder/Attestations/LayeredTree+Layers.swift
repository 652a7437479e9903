import Blobs

extension LayeredTree {
    /// The file system that an image's layers make, lowest first.
    ///
    /// Throws as ``LayerIndexes/index(of:)``. Blocks.
    init(of layers: [Layer], indexes: LayerIndexes, store: BlobStore) throws {
        self.init()
        for layer in layers {
            let index = try indexes.index(of: layer)
            apply(index, content: StoredLayerContent(layer: layer, index: index, store: store))
        }
    }
}
