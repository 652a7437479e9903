import Blobs
package import Builder
import Cryptography
package import OCI

/// What a build made: an image for each platform, and an index of them where there are several.
package struct BuildResult: Hashable, Sendable {
    /// In the order in which the platforms were asked for.
    package var images: [BuiltImage]
    /// The one image's manifest, or the index.
    package var root: Descriptor
}

extension BuildResult {
    /// Of the one image's configuration; `nil` where there are several.
    package var configDigest: Digest? {
        get throws {
            guard images.count == 1, let image = images.first else { return nil }
            return try Digest(of: image.config.json.canonical)
        }
    }
}

extension LocalBuilder {
    /// Builds for platforms, all at the same time.
    ///
    /// - Parameters:
    ///   - platforms: at least one; several make an index.
    ///   - onProgress: is told of which platform an event is, where there are several.
    ///
    /// Throws as ``ImageBuilder/build(_:_:onBases:onProgress:)``; the first that fails ends the others.
    package func build(
        _ options: BuildOptions, for platforms: [Platform], _ input: ImageBuilder.Input,
        onProgress: @escaping @Sendable (Platform?, BuildProgress) -> Void
    ) async throws -> BuildResult {
        guard platforms.count > 1 || options.isMultiPlatform else {
            var options = options
            if let platform = platforms.first { options.platform = platform }
            let image = try await builder.build(
                options, input, onBases: { _ in }, onProgress: { onProgress(nil, $0) })
            return BuildResult(images: [image], root: image.manifest)
        }
        let platforms = platforms.isEmpty ? [options.platform] : platforms
        let images = try await withThrowingTaskGroup(of: (Int, BuiltImage).self) { group in
            for (index, platform) in platforms.enumerated() {
                var options = options
                options.platform = platform
                group.addTask { [options] in
                    let image = try await builder.build(
                        options, input, onBases: { _ in }, onProgress: { onProgress(platform, $0) })
                    return (index, image)
                }
            }
            var images: [(Int, BuiltImage)] = []
            for try await image in group { images.append(image) }
            return images.sorted { $0.0 < $1.0 }.map(\.1)
        }
        return BuildResult(images: images, root: try index(of: images, for: platforms))
    }

    private func index(of images: [BuiltImage], for platforms: [Platform]) throws -> Descriptor {
        let entries = zip(images, platforms).map { image, platform in
            var entry = image.manifest
            entry.platform = platform
            return entry
        }
        let bytes = ImageIndex(manifests: entries).json.canonical
        return Descriptor(mediaType: .ociIndex, digest: try store.write(bytes), size: Int64(bytes.count))
    }
}
