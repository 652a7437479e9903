import Blobs
import OCI

/// Writes an image's configuration and manifest over layers that are there.
struct ImageAssembler {
    let store: BlobStore

    /// Returns the manifest's descriptor. Blocks.
    func assemble(
        config: ImageConfig, layers: [Layer], annotations: [String: String] = [:]
    ) throws -> Descriptor {
        let configBytes = config.json.canonical
        let configDigest = try store.write(configBytes)
        var manifest = ImageManifest(
            config: Descriptor(mediaType: .ociConfig, digest: configDigest, size: Int64(configBytes.count)),
            layers: layers.map { layer in
                var descriptor = Descriptor(
                    mediaType: layer.descriptor.mediaType.inOCI, digest: layer.descriptor.digest,
                    size: layer.descriptor.size)
                // Where a foreign layer can be had is part of what it is.
                descriptor.otherFields = layer.descriptor.otherFields
                return descriptor
            })
        if !annotations.isEmpty { manifest.annotations = annotations }
        let bytes = manifest.json.canonical
        return Descriptor(
            mediaType: .ociManifest, digest: try store.write(bytes), size: Int64(bytes.count))
    }
}
