import Archive
import Builder
import Dispatch
import FoundationEssentials
import Glibc
import Layout
package import OCI
import Remote

extension LocalBuilder {
    /// Brings what was built to where it is to go.
    ///
    /// - Parameters:
    ///   - names: of the image, beside those of the output.
    ///   - documents: about the image; they go along to a layout and to a registry.
    ///
    /// Throws ``BuildOutputError`` where the output does not fit the result, and what the disk and the registries do.
    package func write(
        _ result: BuildResult, to output: BuildOutput, names: [ImageReference],
        documents: [AttachedDocument] = []
    ) async throws {
        let names = names + (try output.names.map { try ImageReference($0) })
        switch output.kind {
        case .oci: try await writeLayout(result, to: output, names, documents)
        case .docker:
            try await LayoutWriter(store: store).writeDockerArchive(
                [LayoutRoot(result.root, names: names.map(LayoutName.reference))], to: output.archive)
        case .registry:
            try await push(result, output, names)
            try await push(documents, names: names)
        case .local: try await writeFiles(result, to: output)
        case .tar: try await writeArchive(result, to: output)
        }
    }

    private func writeLayout(
        _ result: BuildResult, to output: BuildOutput, _ names: [ImageReference],
        _ documents: [AttachedDocument]
    ) async throws {
        let writer = LayoutWriter(store: store)
        let root = try await converted(result.root, output)
        let roots =
            [LayoutRoot(root, names: names.map(LayoutName.reference))]
            + documents.map { LayoutRoot($0.artifact) }
        guard case .path(let path)? = output.destination, !output.isArchive else {
            return try await writer.write(roots, toArchive: output.archive)
        }
        try await writer.write(roots, toDirectory: path)
    }

    private func converted(_ root: Descriptor, _ output: BuildOutput) async throws -> Descriptor {
        var root = root
        if output.isCompressedAnew {
            root = try await ImageRecompressor(
                store: store, cacheDirectory: "\(directory)/cache", compression: output.compression ?? .gzip,
                threads: ProcessInfo.processInfo.activeProcessorCount
            ).recompress(root)
        }
        if output.hasOCIMediaTypes { return root }
        return try await FormatConverter(store: store).convert(root, to: .docker)
    }

    private func push(_ result: BuildResult, _ output: BuildOutput, _ names: [ImageReference]) async throws {
        guard !names.isEmpty else {
            throw BuildOutputError(
                "registry", "the image has no name", hint: "give it one with `-t HOST/NAME:TAG`")
        }
        let root = try await converted(result.root, output)
        try await client.push(root.digest, from: store, to: names)
    }

    private func writeFiles(_ result: BuildResult, to output: BuildOutput) async throws {
        guard case .path(let path)? = output.destination else { return }
        try await blocking {
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
        try await blocking {
            let flattened = try flattened(image)
            try output.archive.write("write the archive of files") { try flattened.writeArchive($0) }
        }
    }

    private func blocking(_ work: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try work() }) }
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
