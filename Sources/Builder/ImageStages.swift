import OCI
import Synchronization

/// The images that a build looks at, each as a stage that stands on it; an image's tables of contents are read once.
final class ImageStages: Sendable {
    /// One image; a lock for each, so that different images are read at the same time.
    private final class Entry: Sendable {
        let image: BaseImage
        let stage = Mutex<StageState?>(nil)

        init(_ image: BaseImage) { self.image = image }
    }

    private let entries: [BaseResolver.Key: Entry]
    private let maker: LayerMaker
    private let trees: BaseTrees

    init(_ images: [BaseResolver.Key: BaseImage], maker: LayerMaker, trees: BaseTrees) {
        entries = images.mapValues(Entry.init)
        self.maker = maker
        self.trees = trees
    }

    /// A stage whose layers nobody has looked into yet. Blocks.
    ///
    /// Throws ``BuildError``, ``ArchiveError`` and ``BlobError`` when a layer cannot be read.
    func stage(on key: BaseResolver.Key) throws -> StageState {
        try update(key) { $0 }
    }

    /// A stage whose file system is put together. Blocks.
    func settledStage(on key: BaseResolver.Key) throws -> StageState {
        try update(key) { stage in
            let layers = stage.layers.map(\.diffID)
            if let known = trees.tree(of: layers) {
                stage.settle(as: known)
            } else {
                try stage.settle()
                trees.keep(.init(tree: stage.tree, newestTime: stage.newestTime), of: layers)
            }
            return stage
        }
    }

    private func update(
        _ key: BaseResolver.Key, _ body: (inout StageState) throws -> StageState
    ) throws -> StageState {
        guard let entry = entries[key] else {
            throw BuildError("the image `\(key.reference)` was not resolved")
        }
        return try entry.stage.withLock { known in
            var stage = try known ?? start(entry.image)
            // What is changed is not shared meanwhile.
            known = nil
            defer { known = stage }
            return try body(&stage)
        }
    }

    private func start(_ image: BaseImage) throws -> StageState {
        var stage = StageState(on: image)
        stage.config.diffIDs = []
        for layer in image.layers { stage.add(try maker.existing(layer)) }
        return stage
    }
}
