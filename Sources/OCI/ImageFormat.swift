/// Which media types an image's documents have: the OCI image specification's, or Docker's schema 2.
package enum ImageFormat: String, Sendable, CaseIterable {
    case oci
    case docker

    package var manifestType: MediaType { self == .oci ? .ociManifest : .dockerManifest }
    package var indexType: MediaType { self == .oci ? .ociIndex : .dockerManifestList }
    package var configType: MediaType { self == .oci ? .ociConfig : .dockerConfig }

    /// What a layer of this type is called in this format.
    ///
    /// - Parameter digest: the layer's, for the error.
    func layerType(_ type: MediaType, of digest: Digest) throws(FormatError) -> MediaType {
        if let same = self == .oci ? type.foreignLayerInOCI : type.foreignLayerInDocker { return same }
        switch (self, type.layerCompression) {
        case (.oci, let compression?): return .layer(compression)
        case (.docker, .some(.none)): return .dockerLayer
        case (.docker, .gzip?): return .dockerLayerGzip
        case (.docker, .zstd?): throw .zstdLayer(digest)
        case (_, nil): throw .unknownLayer(digest, type)
        }
    }
}

/// Why an image cannot be said in another format.
package enum FormatError: Error, Equatable, CustomStringConvertible {
    case zstdLayer(Digest)
    case unknownLayer(Digest, MediaType)
    /// The manifest is no image's: its configuration is of this type.
    case artifact(MediaType)
    /// Docker's documents do not point at a subject.
    case subject(Digest)
    /// Each entry of a manifest list has a platform.
    case noPlatform(Digest)
    /// Docker's manifest list holds manifests only.
    case nestedIndex(Digest)

    package var description: String {
        switch self {
        case .zstdLayer(let digest):
            "the layer `\(digest)` is compressed with zstd, which Docker's schema 2 does not know: "
                + "compress the layers with gzip, or keep the OCI format"
        case .unknownLayer(let digest, let type): "the layer `\(digest)` is of the unknown type `\(type)`"
        case .artifact(let type):
            "the manifest is an artifact's, not an image's: its configuration is of the type `\(type)`"
        case .subject(let digest):
            "the document points at the subject `\(digest)`, which Docker's schema 2 cannot say: "
                + "keep the OCI format for what is attached to an image"
        case .noPlatform(let digest):
            "the manifest `\(digest)` has no platform, and each in Docker's manifest list needs one"
        case .nestedIndex(let digest):
            "the index holds the index `\(digest)`, and Docker's manifest list holds manifests only"
        }
    }
}

extension MediaType {
    package static let ociForeignLayer = MediaType(
        "application/vnd.oci.image.layer.nondistributable.v1.tar")
    package static let ociForeignLayerGzip = MediaType(
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip")
    package static let ociForeignLayerZstd = MediaType(
        "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd")
    package static let dockerForeignLayer = MediaType(
        "application/vnd.docker.image.rootfs.foreign.diff.tar")

    /// Whether layers of this type are fetched from where they come from, and need not lie beside their
    /// image.
    package var isForeignLayer: Bool {
        self == .ociForeignLayerZstd || foreignLayerInOCI != nil
    }

    var foreignLayerInOCI: MediaType? {
        switch self {
        case .dockerForeignLayer, .ociForeignLayer: .ociForeignLayer
        case .dockerForeignLayerGzip, .ociForeignLayerGzip: .ociForeignLayerGzip
        case .ociForeignLayerZstd: .ociForeignLayerZstd
        default: nil
        }
    }

    var foreignLayerInDocker: MediaType? {
        switch self {
        case .dockerForeignLayer, .ociForeignLayer: .dockerForeignLayer
        case .dockerForeignLayerGzip, .ociForeignLayerGzip: .dockerForeignLayerGzip
        default: nil
        }
    }
}
