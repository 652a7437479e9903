import Blobs
import NIOCore
import OCI
import Registry

/// Reads images of the embedded registry.
struct LocalImages: Sendable {
    let registry: EmbeddedRegistry
    var blobs: BlobStore { registry.store.blobs }

    /// One platform's image.
    struct Image {
        /// What the reference pointed at: the manifest itself, or the index that holds it.
        var digest: Digest
        var manifest: ImageManifest
        var config: ImageConfig
    }

    /// Throws ``ImageError`` when there is no such image, or none for the platform.
    func image(_ reference: ImageReference, platform: Platform) async throws -> Image {
        do { return try await find(reference, platform) } catch RegistryError.manifestUnknown {
            throw ImageError.unknown(reference)
        }
    }

    private func find(_ reference: ImageReference, _ platform: Platform) async throws -> Image {
        let found = try await registry.store.manifest(
            EmbeddedRegistry.manifestReference(reference), in: reference.repository)
        var stored = found
        if found.mediaType.isIndex {
            let index = try ImageIndex(parsing: try await bytes(of: found), mediaType: found.mediaType)
            guard let child = index.manifest(for: platform) else {
                let offered = index.manifests.compactMap(\.platform).map(\.description).joined(
                    separator: ", ")
                throw ImageError.noPlatform(reference, wanted: platform, offered: offered)
            }
            stored = try await registry.store.manifest(.digest(child.digest), in: reference.repository)
        }
        let manifest = try ImageManifest(parsing: try await bytes(of: stored), mediaType: stored.mediaType)
        let config = try ImageConfig(parsing: try blobs.bytes(of: manifest.config.digest))
        return Image(digest: found.digest, manifest: manifest, config: config)
    }

    private func bytes(of manifest: StoredManifest) async throws -> [UInt8] {
        Array(try await registry.store.bytes(of: manifest).readableBytesView)
    }

    /// A manifest of the blob store as a document to publish.
    func document(_ manifest: Descriptor) throws -> ManifestDocument {
        try ManifestDocument(blobs.bytes(of: manifest.digest), mediaType: manifest.mediaType)
    }
}

/// Why an image cannot be used.
enum ImageError: Error, CustomStringConvertible {
    case unknown(ImageReference)
    case noPlatform(ImageReference, wanted: Platform, offered: String)
    case notBuilt(String, built: [String])

    var description: String {
        switch self {
        case .unknown(let reference): "there is no image `\(reference.familiar)`"
        case .noPlatform(let reference, let wanted, let offered):
            "the image `\(reference.familiar)` is not made for \(wanted): it offers \(offered)"
        case .notBuilt(let reference, let built):
            "no step of this run built `\(reference)`: "
                + (built.isEmpty
                    ? "none built anything"
                    : "the tags are \(built.map { "`\($0)`" }.joined(separator: ", "))")
        }
    }
}
