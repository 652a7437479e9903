package import Blobs
import NIOCore
import NIOHTTP1
package import OCI

/// An image of one platform that is in the blob store.
package struct PulledImage: Hashable, Sendable {
    /// What the name pointed at: the manifest, or the index that it was found in. This is what moves when somebody
    /// pushes.
    package let top: Descriptor
    package let manifest: FetchedManifest
    package let config: [UInt8]
    /// Lowest first.
    package let layers: [Descriptor]
}

extension RegistryClient {
    /// Fetches an image's manifest, configuration and layers into a store, verified; what is there is not fetched.
    ///
    /// An index is resolved to its manifest for `platform`; an image without an index is taken whatever it is for. The
    /// index and the manifest are stored too. When the call throws, blobs that were whole stay.
    ///
    /// - Parameter progress: is told how much of the layers has come.
    package func pull(
        _ reference: ImageReference, for platform: Platform = .host, into store: BlobStore,
        progress: TransferProgress? = nil
    ) async throws -> PulledImage {
        let image = try await documents(reference, for: platform, into: store)
        try await download(image.layers, from: reference, into: store, progress: progress)
        return image
    }

    /// Fetches all of an image but its layers, likewise.
    package func documents(
        _ reference: ImageReference, for platform: Platform = .host, into store: BlobStore
    ) async throws -> PulledImage {
        let top = try await manifest(reference)
        let found = try await imageManifest(in: top, of: reference, for: platform)
        let purpose = Purpose("pull `\(reference.familiar)`", at: reference.registry)
        let manifest = try reading(purpose) { () throws(DocumentError) in
            try ImageManifest(parsing: found.bytes, mediaType: found.descriptor.mediaType)
        }
        guard manifest.config.size <= configuration.longestDocument else {
            throw RegistryError(
                .invalid, purpose,
                message: "its configuration has \(manifest.config.size) bytes, more than "
                    + "\(configuration.longestDocument)")
        }
        try await download([manifest.config], from: reference, into: store)
        for document in top == found ? [found] : [found, top] {
            let upload = BlobUpload(store: store)
            try await upload.append(ByteBuffer(bytes: document.bytes))
            _ = try await upload.finish(expecting: document.descriptor.digest)
        }
        var config: [UInt8] = []
        for try await chunk in try store.chunks(of: manifest.config.digest) {
            config += chunk.readableBytesView
        }
        return PulledImage(
            top: top.descriptor, manifest: found, config: config, layers: manifest.layers)
    }

    /// Fetches the manifest for a platform, from index to index where need be.
    private func imageManifest(
        in top: FetchedManifest, of reference: ImageReference, for platform: Platform
    ) async throws -> FetchedManifest {
        var found = top
        let purpose = Purpose("pull `\(reference.familiar)`", at: reference.registry)
        for _ in 0..<4 {
            let type = found.descriptor.mediaType
            if type.isManifest { return found }
            guard type.isIndex else {
                throw RegistryError(
                    .invalid, purpose, message: "it is of the type `\(type)`, which is no image")
            }
            let index = try reading(purpose) { () throws(DocumentError) in
                try ImageIndex(parsing: found.bytes, mediaType: type)
            }
            guard let chosen = index.manifest(for: platform) else {
                let offered = index.manifests.compactMap { $0.platform.map { "`\($0)`" } }
                throw RegistryError(
                    .notFound, purpose,
                    message: "it has no image for `\(platform)`; it has "
                        + (offered.isEmpty ? "none for any platform" : offered.joined(separator: ", ")))
            }
            found = try await manifest(reference.pinned(to: chosen.digest))
        }
        throw RegistryError(.invalid, purpose, message: "its index names indexes without end")
    }

    private func reading<Document>(
        _ purpose: Purpose, _ read: () throws(DocumentError) -> Document
    ) throws(RegistryError) -> Document {
        do { return try read() } catch {
            throw RegistryError(.invalid, purpose, message: error.description)
        }
    }

    /// Fetches blobs that the store does not have, several at a time, each once.
    package func download(
        _ blobs: [Descriptor], from reference: ImageReference, into store: BlobStore,
        progress: TransferProgress? = nil
    ) async throws {
        var seen: Set<Digest> = []
        let wanted = try blobs.filter { blob in
            try seen.insert(blob.digest).inserted && store.claim(blob.digest) == nil
        }
        progress?.expect(wanted.reduce(0) { $0 + $1.size })
        try await wanted.forEach(atMost: configuration.parallelTransfers) { blob in
            try await download(blob, from: reference, into: store, progress)
        }
    }
}

extension Array where Element: Sendable {
    /// Does something with each element, with a few of them at a time; ends with the first error.
    func forEach(atMost slots: Int, _ body: @escaping @Sendable (Element) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, element) in enumerated() {
                if index >= Swift.max(1, slots) { _ = try await group.next() }
                group.addTask { try await body(element) }
            }
            try await group.waitForAll()
        }
    }
}
