extension ImageBuilder {
    /// The packages that are in an image: of its distribution, and of programming languages. Blocks.
    ///
    /// Throws what the store throws, and `CancellationError`.
    package func contents(of image: BuiltImage) throws -> ImageContents {
        let indexes = LayerIndexes(directory: "\(cacheDirectory)/indexes", store: store)
        let tree = try LayeredTree(of: image.layers, indexes: indexes, store: store)
        return try PackageScan(of: tree, store: store).contents()
    }
}
