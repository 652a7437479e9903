package import Blobs
package import Builder
package import OCI
package import Remote

/// The images of any registry, pulled into the builder's store.
package struct RegistryImages: ImageSource {
    private let client: RegistryClient
    private let store: BlobStore

    package init(client: RegistryClient, store: BlobStore) {
        self.client = client
        self.store = store
    }

    package func image(_ text: String, platform: Platform) async throws -> BaseImage {
        try await image(try ImageReference(text), platform: platform)
    }

    package func image(
        _ text: String, platform: Platform,
        report: @escaping @Sendable (_ received: Int64, _ total: Int64) -> Void
    ) async throws -> BaseImage {
        try await image(try ImageReference(text), platform: platform, TransferProgress(report))
    }

    /// Throws ``BuildError`` where the registry has no such image, and what the client throws.
    package func image(
        _ reference: ImageReference, platform: Platform, _ progress: TransferProgress? = nil
    ) async throws -> BaseImage {
        let pulled: PulledImage
        do {
            pulled = try await client.pull(reference, for: platform, into: store, progress: progress)
        } catch let error as RegistryError where error.reason == .notFound {
            throw BuildError(
                "there is no image `\(reference.familiar)`", hint: "check its name, and that it was pushed")
        }
        let manifest = try ImageManifest(
            parsing: pulled.manifest.bytes, mediaType: pulled.manifest.descriptor.mediaType)
        return try BaseImage(
            reference: reference, digest: pulled.top.digest, manifest: manifest,
            config: try ImageConfig(parsing: pulled.config))
    }
}
