import Archive
import OCI

extension ImageBuilder {
    /// How two images of one Dockerfile differ: the first layer and the first path in it that do. `nil` where they are
    /// the same. Blocks.
    package func difference(between first: BuiltImage, and second: BuiltImage) throws -> String? {
        guard first.manifest.digest != second.manifest.digest else { return nil }
        let indexes = LayerIndexes(directory: "\(cacheDirectory)/indexes", store: store)
        for (number, layers) in zip(first.layers, second.layers).enumerated()
        where layers.0.diffID != layers.1.diffID {
            let step = first.config.history.filter { !$0.isEmptyLayer }
            let made = number < step.count ? step[number].createdBy : nil
            let origin = "layer \(number + 1)" + (made.map { ", made by `\($0)`" } ?? "")
            let tables = try (indexes.index(of: layers.0), indexes.index(of: layers.1))
            let what = tables.1.firstDifference(from: tables.0) ?? "the archives differ, and not their files"
            return "\(origin): \(what)"
        }
        guard first.layers.count == second.layers.count else {
            return "one has \(first.layers.count) layers, and the other \(second.layers.count)"
        }
        return first.config == second.config ? "the manifests differ" : "the configurations differ"
    }
}
