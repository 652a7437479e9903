package import Archive
package import Blobs
package import OCI

/// Writes images in a store once more with all their layers in one compression, those of their bases, too
/// (`force-compression`). Configurations and diff IDs stay.
package struct ImageRecompressor: Sendable {
    private let store: BlobStore
    private let cacheDirectory: String
    private let compression: Compression
    private let threads: Int
    private let limit: Int64

    /// - Parameters:
    ///   - cacheDirectory: ``ImageBuilder``'s: a layer is written once, and known the next time.
    ///   - threads: how many compress; the bytes do not depend on it.
    ///   - limit: how large a layer's archive may be, in bytes.
    package init(
        store: BlobStore, cacheDirectory: String, compression: Compression, threads: Int,
        limit: Int64 = 256 << 30
    ) {
        self.store = store
        self.cacheDirectory = cacheDirectory
        self.compression = compression
        self.threads = threads
        self.limit = limit
    }

    /// The image or index with its layers in the compression; where they are in it already, as it came.
    ///
    /// Layers that lie elsewhere, and what is no layer, stay as they are. A level is nothing that a stored layer tells:
    /// one that zstd compressed at another level stays, too.
    ///
    /// - Parameter top: a manifest or an index; all that it is made of is in the store.
    ///
    /// Throws ``FormatError`` for an image of Docker's schema 2 that zstd is to compress, ``BuildError`` for a layer
    /// that is not what its image says, and what reading and writing the blobs throws.
    package func recompress(_ top: Descriptor) async throws -> Descriptor {
        try await blocking { isCanceled in
            let layers = LayerRecompressor(
                store: store, cache: LayerCache(directory: "\(cacheDirectory)/layers", store: store),
                compression: compression, threads: threads, limit: limit, isCanceled: isCanceled)
            return try recompress(top, layers, depth: 0)
        }
    }

    /// An index may name indexes, but nobody nests them deeper.
    private static let greatestDepth = 8

    private func recompress(
        _ top: Descriptor, _ layers: LayerRecompressor, depth: Int
    ) throws -> Descriptor {
        guard top.mediaType.isIndex else {
            return top.mediaType.isManifest ? try manifest(top, layers) : top
        }
        guard depth < Self.greatestDepth else {
            throw BuildError("the index \(top.digest) is nested deeper than \(Self.greatestDepth) indexes")
        }
        let index = try ImageIndex(parsing: store.bytes(of: top.digest), mediaType: top.mediaType)
        var changed = index
        for place in index.manifests.indices {
            changed.manifests[place] = try recompress(index.manifests[place], layers, depth: depth + 1)
        }
        return index == changed ? top : try replaced(top, by: changed.json.canonical)
    }

    private func manifest(_ top: Descriptor, _ recompressor: LayerRecompressor) throws -> Descriptor {
        let manifest = try ImageManifest(parsing: store.bytes(of: top.digest), mediaType: top.mediaType)
        // An artifact's parts have no diff IDs.
        guard [.ociConfig, .dockerConfig].contains(manifest.config.mediaType),
            manifest.artifactType == nil, !manifest.layers.filter(\.isStoredLayer).isEmpty
        else { return top }
        let format = manifest.mediaType == .dockerManifest ? ImageFormat.docker : .oci
        let config = try ImageConfig(parsing: store.bytes(of: manifest.config.digest))
        guard config.diffIDs.count == manifest.layers.count else {
            throw BuildError(
                "the image \(top.digest) has \(manifest.layers.count) layers, and its configuration "
                    + "\(config.diffIDs.count) diff IDs")
        }
        var changed = manifest
        for (place, diffID) in config.diffIDs.enumerated() where manifest.layers[place].isStoredLayer {
            let layer = Layer(descriptor: manifest.layers[place], diffID: diffID)
            if format == .docker, case .zstd = compression {
                throw FormatError.zstdLayer(layer.descriptor.digest)
            }
            changed.layers[place] = try recompressor.layer(layer, in: format).descriptor
        }
        return manifest == changed ? top : try replaced(top, by: changed.json.canonical)
    }

    /// What is said of the old document is said of the new one.
    private func replaced(_ old: Descriptor, by bytes: [UInt8]) throws -> Descriptor {
        var new = old
        (new.digest, new.size) = (try store.write(bytes), Int64(bytes.count))
        // A copy of the document in its descriptor would be one of the old.
        new.otherFields["data"] = nil
        return new
    }
}

extension Descriptor {
    /// Whether this is a layer that lies beside its image, in a compression that this program knows.
    fileprivate var isStoredLayer: Bool {
        !mediaType.isForeignLayer && mediaType.layerCompression != nil
    }
}
