/// The media type of a descriptor or document, as text, with names for those Slipway acts on.
///
/// Any text is a media type: registries carry artifacts of types nobody here has heard of.
package struct MediaType: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }

    package static let ociManifest = MediaType("application/vnd.oci.image.manifest.v1+json")
    package static let ociIndex = MediaType("application/vnd.oci.image.index.v1+json")
    package static let ociConfig = MediaType("application/vnd.oci.image.config.v1+json")
    package static let ociLayer = MediaType("application/vnd.oci.image.layer.v1.tar")
    package static let ociLayerGzip = MediaType("application/vnd.oci.image.layer.v1.tar+gzip")
    package static let ociLayerZstd = MediaType("application/vnd.oci.image.layer.v1.tar+zstd")
    package static let ociEmpty = MediaType("application/vnd.oci.empty.v1+json")

    package static let dockerManifest = MediaType("application/vnd.docker.distribution.manifest.v2+json")
    package static let dockerManifestList = MediaType(
        "application/vnd.docker.distribution.manifest.list.v2+json")
    package static let dockerConfig = MediaType("application/vnd.docker.container.image.v1+json")
    package static let dockerLayer = MediaType("application/vnd.docker.image.rootfs.diff.tar")
    package static let dockerLayerGzip = MediaType("application/vnd.docker.image.rootfs.diff.tar.gzip")
    package static let dockerLayerZstd = MediaType("application/vnd.docker.image.rootfs.diff.tar.zstd")
    package static let dockerForeignLayerGzip = MediaType(
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip")

    /// The manifest types a client of this program accepts, most wanted first.
    package static let manifests: [MediaType] = [
        .ociManifest, .ociIndex, .dockerManifest, .dockerManifestList,
    ]

    package var isIndex: Bool { self == .ociIndex || self == .dockerManifestList }
    package var isManifest: Bool { self == .ociManifest || self == .dockerManifest }

    /// How a layer of this type is compressed, or `nil` where this is no layer type.
    package var layerCompression: LayerCompression? {
        switch self {
        case .ociLayer, .dockerLayer: LayerCompression.none
        case .ociLayerGzip, .dockerLayerGzip, .dockerForeignLayerGzip: .gzip
        case .ociLayerZstd, .dockerLayerZstd: .zstd
        default: nil
        }
    }

    /// The OCI type of a layer compressed so.
    package static func layer(_ compression: LayerCompression) -> MediaType {
        switch compression {
        case .none: .ociLayer
        case .gzip: .ociLayerGzip
        case .zstd: .ociLayerZstd
        }
    }

    /// This layer type in the words of the OCI image specification; any other type as it is.
    package var inOCI: MediaType {
        if self == .dockerForeignLayerGzip { return self }
        return layerCompression.map(MediaType.layer) ?? self
    }
}

/// How the tar archive of a layer is compressed.
package enum LayerCompression: String, Sendable {
    case none
    case gzip
    case zstd
}
