extension ImageBuilder {
    /// The packages that are in an image: of its distribution, and of programming languages. Blocks.
    ///
    /// Throws what the store throws, and `CancellationError`.
    package func contents(of image: BuiltImage) throws -> ImageContents {
        let indexes = LayerIndexes(directory: "\(cacheDirectory)/indexes", store: store)
        var tree = LayeredTree()
        for layer in image.layers {
            let contents = try LayerTable(layer, indexes).contents()
            tree.apply(contents.index, content: contents.content)
        }
        return try PackageScan(of: tree, store: store).contents()
    }
}
