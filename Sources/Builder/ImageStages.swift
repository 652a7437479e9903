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

    init(_ images: [BaseResolver.Key: BaseImage], maker: LayerMaker) {
        entries = images.mapValues(Entry.init)
        self.maker = maker
    }

    /// Blocks. Throws ``BuildError``, ``ArchiveError`` and ``BlobError`` when a layer cannot be read.
    func stage(on key: BaseResolver.Key) throws -> StageState {
        guard let entry = entries[key] else {
            throw BuildError("the image `\(key.reference)` was not resolved")
        }
        return try entry.stage.withLock { known in
            if let known { return known }
            var stage = StageState(on: entry.image)
            stage.config.diffIDs = []
            for layer in entry.image.layers { stage.add(try maker.existing(layer)) }
            known = stage
            return stage
        }
    }
}
