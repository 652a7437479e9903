import Archive
import Cryptography
import OCI

/// Collects images for an archive as `docker save` has written it since Docker 25: blobs where an OCI image
/// layout has them, layers not compressed, and beside the layout's documents the `manifest.json` and
/// `repositories` of before.
struct DockerArchiveWriter {
    private let source: StoredBlobs
    private let transfer: VerifiedTransfer
    private var contents = ArchiveContents()
    private var images: [DockerArchiveImage] = []
    private var entries: [Descriptor] = []
    /// By repository and tag: the highest layer's digest.
    private var repositories: [String: [String: JSONValue]] = [:]

    init(source: StoredBlobs, transfer: VerifiedTransfer) {
        self.source = source
        self.transfer = transfer
    }

    mutating func add(_ root: LayoutRoot, _ platform: Platform?) throws {
        let names = try root.names.map(reference)
        let chosen = try choose(root.descriptor, platform)
        let manifest = try source.manifest(chosen)
        guard manifest.config.mediaType.isImageConfig else {
            throw LayoutError(
                .unsupported, source.operation,
                "`\(chosen.digest)` is an artifact, not an image: its configuration is of the type "
                    + "`\(manifest.config.mediaType)`", hint: "write an OCI layout, which holds any artifact")
        }
        let config = try source.config(manifest.config)
        guard config.diffIDs.count == manifest.layers.count else {
            throw LayoutError(
                .damaged, source.operation,
                "the image `\(chosen.digest)` has \(manifest.layers.count) layers, and its configuration "
                    + "\(config.diffIDs.count)")
        }
        var layers: [Descriptor] = []
        for (stored, diffID) in zip(manifest.layers, config.diffIDs) {
            layers.append(try add(stored, diffID))
        }
        let configBlob = Descriptor(
            mediaType: .ociConfig, digest: manifest.config.digest, size: manifest.config.size)
        let source = source
        contents.add(configBlob) { try source.blob(of: configBlob).pieces() }
        try list(ImageManifest(config: configBlob, layers: layers), names, config.platform)
    }

    private func reference(_ name: LayoutName) throws(LayoutError) -> ImageReference {
        switch name {
        case .reference(let reference): return reference
        case .plain(let text):
            do { return try ImageReference(text) } catch {
                throw LayoutError(.unsupported, source.operation, error.description)
            }
        }
    }

    /// The manifest of the one image that the archive can hold under a name.
    private func choose(_ top: Descriptor, _ platform: Platform?) throws -> Descriptor {
        guard top.mediaType.isIndex else { return top }
        if let platform { return try source.manifest(of: top, for: platform) }
        let images = try source.index(top).manifests.filter { $0.platform?.os != "unknown" }
        if images.count == 1, let image = images.first { return image }
        let platforms = images.compactMap { $0.platform.map { "`\($0)`" } }.joined(separator: ", ")
        throw LayoutError(
            .ambiguous, source.operation,
            "the image is an index of \(images.count) images, and a Docker archive holds one platform's",
            hint: "choose a platform (\(platforms)), or write an OCI layout, which holds them all")
    }

    /// Adds a layer's archive, and returns what names it: its size is not known before it was read once.
    private mutating func add(_ stored: Descriptor, _ diffID: Digest) throws -> Descriptor {
        if let known = contents.blob(diffID) { return known }
        let source = source
        let open: () throws -> Pieces = {
            let pieces = try source.blob(of: stored).pieces()
            return stored.mediaType.layerCompression == LayerCompression.none
                ? pieces : try Decompressor(pieces).next
        }
        var hasher = try DigestHasher(diffID.algorithm)
        var size: Int64 = 0
        do {
            let pieces = try open()
            while case let piece = try pieces(), !piece.isEmpty {
                if transfer.isCanceled() { throw CancellationError() }
                size += Int64(piece.count)
                piece.withUnsafeBytes { hasher.update($0) }
            }
        } catch let error as ArchiveError {
            throw LayoutError(
                .damaged, source.operation, "the layer `\(stored.digest)` is damaged: \(error.message)")
        }
        let found = hasher.finish()
        guard found == diffID else {
            throw LayoutError(
                .damaged, source.operation,
                "the layer `\(stored.digest)` should have the diff ID `\(diffID)`, and has `\(found)`")
        }
        let layer = Descriptor(mediaType: .ociLayer, digest: diffID, size: size)
        contents.add(layer, open: open)
        return layer
    }

    private mutating func list(
        _ manifest: ImageManifest, _ names: [ImageReference], _ platform: Platform
    ) throws {
        let bytes = manifest.json.canonical
        let digest = try Digest(of: bytes)
        contents.add(bytes, as: LayoutBlobs.path(of: digest))
        let descriptor = Descriptor(
            mediaType: .ociManifest, digest: digest, size: Int64(bytes.count), platform: platform)
        // An archive's lists have no place for a digest in a name.
        let tagged = names.compactMap { name in
            name.tag.map { ImageReference(registry: name.registry, repository: name.repository, tag: $0) }
        }
        entries += tagged.map { name in
            var entry = descriptor
            entry.annotations = LayoutName.reference(name).annotations
            return entry
        }
        if tagged.isEmpty { entries.append(descriptor) }
        images.append(
            DockerArchiveImage(
                config: LayoutBlobs.path(of: manifest.config.digest), tags: tagged.map(\.familiar),
                layers: manifest.layers.map { LayoutBlobs.path(of: $0.digest) }))
        for name in tagged {
            let repository = ImageReference(registry: name.registry, repository: name.repository).familiar
            let tag = name.tag?.description ?? ""
            repositories[repository, default: [:]][tag] = (manifest.layers.last?.digest.hex).map(
                JSONValue.string)
        }
    }

    /// The whole archive.
    consuming func finish() -> ArchiveContents {
        var index = ImageIndex(manifests: [])
        index.merge(entries)
        contents.add(LayoutDocuments.marker, as: LayoutDocuments.markerName)
        contents.add(index.json.canonical, as: LayoutDocuments.indexName)
        contents.add(JSONValue.array(images.map(\.json)).canonical, as: DockerArchiveImage.listName)
        if !repositories.isEmpty {
            let json = JSONValue.object(repositories.mapValues(JSONValue.object))
            contents.add(json.canonical, as: "repositories")
        }
        return contents
    }
}
