package import Blobs
package import OCI

/// Writes images in a store once more in another format: the same configurations and layers under other
/// documents.
package struct FormatConverter: Sendable {
    private let store: BlobStore

    package init(store: BlobStore) { self.store = store }

    /// The image or index in another format; what is in it already is returned as it came.
    ///
    /// - Parameter top: a manifest or an index whose manifests are all in the store.
    ///
    /// Throws ``FormatError`` for what the format cannot say, and ``LayoutError`` for a document that is
    /// missing or damaged.
    package func convert(_ top: Descriptor, to format: ImageFormat) async throws -> Descriptor {
        try await blocking { _ in
            let source = StoredBlobs(store: store, operation: "convert the image `\(top.digest)`")
            return try convert(top, to: format, source)
        }
    }

    private func convert(
        _ descriptor: Descriptor, to format: ImageFormat, _ source: StoredBlobs
    ) throws -> Descriptor {
        guard descriptor.mediaType.isIndex else {
            let manifest = try source.manifest(descriptor)
            return try write(manifest, try manifest.converted(to: format), descriptor)
        }
        let index = try source.index(descriptor)
        var replacements: [Digest: Descriptor] = [:]
        for entry in index.manifests where entry.mediaType.isManifest {
            replacements[entry.digest] = try convert(entry, to: format, source)
        }
        let converted = try index.converted(to: format, replacing: replacements)
        if converted == index { return descriptor }
        return try write(converted.json.canonical, as: converted.mediaType, descriptor)
    }

    private func write(
        _ old: ImageManifest, _ new: ImageManifest, _ descriptor: Descriptor
    ) throws -> Descriptor {
        // The exact bytes of what changes nothing are kept.
        if old == new { return descriptor }
        return try write(new.json.canonical, as: new.mediaType, descriptor)
    }

    private func write(
        _ bytes: [UInt8], as type: MediaType, _ old: Descriptor
    ) throws -> Descriptor {
        Descriptor(
            mediaType: type, digest: try store.write(bytes), size: Int64(bytes.count), platform: old.platform)
    }
}
