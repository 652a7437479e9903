import Blobs
import BuildHost
import Builder
import OCI
import Remote
import Synchronization

/// The images that a run's builds may stand on: its own, the embedded registry's, and those of any other registry.
final class RunImages: ImageSource {
    private let local: LocalImages
    private let client: RegistryClient
    private let built = Mutex<[ImageReference: BuiltImage]>([:])

    init(local: LocalImages, client: RegistryClient) {
        self.local = local
        self.client = client
    }

    /// Remembers what a step built under a tag, for the steps behind it.
    func add(_ image: BuiltImage, as tag: ImageReference) { built.withLock { $0[tag] = image } }

    func image(builtAs tag: ImageReference) -> BuiltImage? { built.withLock { $0[tag] } }

    /// The tags of all that was built, sorted.
    var tags: [String] { built.withLock { $0.keys.map(\.description).sorted() } }

    func image(_ text: String, platform: Platform) async throws -> BaseImage {
        let reference = local.registry.canonical(try ImageReference(text))
        if let image = image(builtAs: reference) { return try base(image, reference) }
        if local.registry.isHere(reference.registry) { return try await localBase(reference, platform) }
        return try await RegistryImages(client: client, store: local.blobs)
            .image(reference, platform: platform)
    }

    private func localBase(_ reference: ImageReference, _ platform: Platform) async throws -> BaseImage {
        let image: LocalImages.Image
        do { image = try await local.image(reference, platform: platform) } catch let error as ImageError {
            throw Self.failure(error)
        }
        return try BaseImage(
            reference: reference, digest: image.digest, manifest: image.manifest, config: image.config)
    }

    /// The builder tells it at its place in the Dockerfile.
    private static func failure(_ error: ImageError) -> BuildError {
        let hint: String? = if case .unknown = error { "check its name, and that it was pushed" } else { nil }
        return BuildError(error.description, hint: hint)
    }

    private func base(_ image: BuiltImage, _ reference: ImageReference) throws -> BaseImage {
        let manifest = try ImageManifest(parsing: local.blobs.bytes(of: image.manifest.digest))
        return try BaseImage(
            reference: reference, digest: image.manifest.digest, manifest: manifest, config: image.config)
    }
}
