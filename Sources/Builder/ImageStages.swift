import OCI
import Synchronization

/// The images that a build looks at, each as a stage that stands on it; an image's tables of contents are read once.
final class ImageStages: Sendable {
    private let images: [BaseResolver.Key: BaseImage]
    private let maker: LayerMaker
    private let stages = Mutex<[BaseResolver.Key: StageState]>([:])

    init(_ images: [BaseResolver.Key: BaseImage], maker: LayerMaker) {
        self.images = images
        self.maker = maker
    }

    /// Blocks. Throws ``BuildError``, ``ArchiveError`` and ``BlobError`` when a layer cannot be read.
    func stage(on key: BaseResolver.Key) throws -> StageState {
        try stages.withLock { stages in
            if let stage = stages[key] { return stage }
            guard let image = images[key] else {
                throw BuildError("the image `\(key.reference)` was not resolved")
            }
            var stage = StageState(on: image)
            stage.config.diffIDs = []
            for layer in image.layers { stage.add(try maker.existing(layer)) }
            stage.settle()
            stages[key] = stage
            return stage
        }
    }
}
