package import Archive
import Blobs
import Builder
import FoundationEssentials
import Glibc
import Layout
package import OCI
import Remote

extension LocalBuilder {
    /// What an output is given of what was built: the same images, as it says that they are to be written.
    ///
    /// - Parameter compression: of the layers that the build made; `nil` for images that nobody built here.
    ///
    /// Throws ``BuildError`` and ``FormatError`` where the images cannot be written so.
    package func delivered(
        _ result: BuildResult, by output: BuildOutput, madeIn compression: Compression?
    ) async throws -> BuildResult {
        guard output.takesImages else { return result }
        var root = result.root
        // Who does not say gets gzip, whatever another output of the build wants.
        let wanted = output.compression ?? (compression == nil ? nil : .gzip)
        if output.isCompressedAnew || wanted != nil && wanted != compression {
            root = try await ImageRecompressor(
                store: store, cacheDirectory: "\(directory)/cache", compression: wanted ?? .gzip,
                threads: ProcessInfo.processInfo.activeProcessorCount
            ).recompress(root)
        }
        root = try output.annotations.applied(to: root, in: store)
        if !output.hasOCIMediaTypes {
            root = try await FormatConverter(store: store).convert(root, to: .docker)
        }
        return root == result.root ? result : try result.standing(at: root, in: store)
    }

    /// Brings images to where they are to go.
    ///
    /// - Parameters:
    ///   - result: as ``delivered(_:by:madeIn:)`` gives it.
    ///   - names: of the image, beside those of the output.
    ///   - documents: about the image; they go along to a layout and to a registry.
    ///
    /// Throws ``BuildOptionError`` where the output does not fit the result, and what the disk and the registries do.
    package func write(
        _ result: BuildResult, to output: BuildOutput, names: [ImageReference],
        documents: [AttachedDocument] = []
    ) async throws {
        let names = names + output.names
        switch output.kind {
        case .oci:
            let roots =
                [LayoutRoot(result.root, names: names.map(LayoutName.reference))]
                + documents.map { LayoutRoot($0.artifact) }
            try await write(roots, to: output)
        case .docker:
            try await LayoutWriter(store: store).writeDockerArchive(
                [LayoutRoot(result.root, names: names.map(LayoutName.reference))], to: output.archive)
        case .registry:
            guard !names.isEmpty else { throw BuildOptionError.unnamed }
            try await client.push(result.root.digest, from: store, to: names)
            try await push(documents, names: names)
        case .local: try await writeFiles(result, to: output)
        case .tar: try await writeArchive(result, to: output)
        }
    }

    private func write(_ roots: [LayoutRoot], to output: BuildOutput) async throws {
        let writer = LayoutWriter(store: store)
        guard case .path(let path)? = output.destination, !output.isArchive else {
            return try await writer.write(roots, toArchive: output.archive)
        }
        try await writer.write(roots, toDirectory: path)
    }

    private func writeFiles(_ result: BuildResult, to output: BuildOutput) async throws {
        guard case .path(let path)? = output.destination else { return }
        try await blocking { _ in
            let images = try result.images.map { image in
                (result.images.count == 1 ? "" : image.config.platform.folder, try flattened(image))
            }
            try FlattenedImage.write(images, to: path)
        }
    }

    private func flattened(_ image: BuiltImage) throws -> FlattenedImage {
        try FlattenedImage(image.layers, store: store, cacheDirectory: "\(directory)/cache")
    }

    private func writeArchive(_ result: BuildResult, to output: BuildOutput) async throws {
        guard let image = result.images.first else { return }
        try await blocking { _ in
            let flattened = try flattened(image)
            try output.archive.write("write the archive of files") { try flattened.writeArchive($0) }
        }
    }

}

extension BuildOutput {
    fileprivate var archive: ArchiveDestination {
        if case .path(let path)? = destination { .file(path) } else { .descriptor(STDOUT_FILENO) }
    }
}

extension Platform {
    /// As buildx names the directories of several platforms.
    fileprivate var folder: String { description.split(separator: "/").joined(separator: "_") }
}

extension BuildResult {
    /// The same images once their documents were written in another way.
    fileprivate func standing(at root: Descriptor, in store: BlobStore) throws -> BuildResult {
        var result = self
        result.root = root
        let manifests =
            root.mediaType.isIndex
            ? try ImageIndex(parsing: store.bytes(of: root.digest), mediaType: root.mediaType).manifests
            : [root]
        for (place, descriptor) in zip(images.indices, manifests) {
            let manifest = try ImageManifest(
                parsing: store.bytes(of: descriptor.digest), mediaType: descriptor.mediaType)
            result.images[place].manifest = descriptor
            for (layer, stored) in zip(images[place].layers.indices, manifest.layers) {
                result.images[place].layers[layer].descriptor = stored
            }
        }
        return result
    }
}
