import AsyncHTTPClient
package import Blobs
import NIOCore
import NIOHTTP1
package import OCI

/// What a push did.
package struct PushReport: Hashable, Sendable {
    /// The digest that the references now name.
    package let digest: Digest
    /// Blobs whose bytes were sent; likewise for the others, each counted once a repository.
    package fileprivate(set) var uploaded = 0
    package fileprivate(set) var mounted = 0
    package fileprivate(set) var present = 0
}

extension RegistryClient {
    /// Publishes an image or index of the blob store under references, which may be of several registries.
    ///
    /// Everything that a manifest names is confirmed by a registry before it gets the manifest, and the references come
    /// last, in their order. Blobs that a registry has are not sent again.
    ///
    /// - Parameters:
    ///   - digest: a manifest, or an index all of whose manifests are in the store.
    ///   - sources: by blob, a reference whose repository is known to have it: where its registry is the same, the blob
    ///     is mounted from there.
    ///
    /// Throws `BlobError` where the store lacks a blob.
    @discardableResult
    package func push(
        _ digest: Digest, from store: BlobStore, to references: [ImageReference],
        mounting sources: [Digest: ImageReference] = [:]
    ) async throws -> PushReport {
        let content = try await content(of: digest, in: store)
        var report = PushReport(digest: digest)
        var repositories: Set<ImageReference> = []
        for reference in references {
            let repository = ImageReference(registry: reference.registry, repository: reference.repository)
            guard repositories.insert(repository).inserted else { continue }
            let job = PushJob(client: self, store: store, repository: repository, sources: sources)
            for outcome in try await job.send(content.blobs) { report.count(outcome) }
            for child in content.manifests.dropLast() {
                try await put(child, at: repository.pinned(to: child.descriptor.digest))
            }
        }
        guard let top = content.manifests.last else { return report }
        for reference in references {
            if let wanted = reference.digest, wanted != digest {
                throw RegistryError(
                    .invalid, Purpose("push `\(reference.familiar)`", at: reference.registry),
                    message: "the image to push has the digest \(digest)")
            }
            try await put(top, at: reference)
        }
        return report
    }

    /// Stores a manifest under its tag, or under its digest where the reference has no tag.
    private func put(_ manifest: FetchedManifest, at reference: ImageReference) async throws {
        let name = reference.tag?.description ?? manifest.descriptor.digest.description
        var exchange = Exchange(
            "push the manifest of `\(reference.familiar)`", at: reference,
            address(reference, "manifests/\(name)"), allowing: "pull,push")
        exchange.method = .PUT
        exchange.headers.add(name: "Content-Type", value: manifest.descriptor.mediaType.description)
        exchange.body = .bytes(ByteBuffer(bytes: manifest.bytes))
        exchange.accepted = [.created, .ok, .accepted]
        let answer = try await self.answer(to: exchange)
        await answer.drain()
        let confirmed = answer.headers.first(name: "Docker-Content-Digest")
        guard confirmed == nil || confirmed == manifest.descriptor.digest.description else {
            throw RegistryError(
                .corrupt, exchange.purpose,
                message: "`\(reference.registry)` stored it with the digest \(confirmed ?? "")")
        }
    }

    private func content(of digest: Digest, in store: BlobStore) async throws -> PushContent {
        var content = PushContent()
        try await collect(digest, in: store, into: &content)
        return content
    }

    private func collect(_ digest: Digest, in store: BlobStore, into content: inout PushContent) async throws
    {
        guard content.seen.insert(digest).inserted else { return }
        let manifest = try await storedManifest(digest, in: store)
        if manifest.descriptor.mediaType.isIndex {
            for child in try ImageIndex(parsing: manifest.bytes).manifests {
                try await collect(child.digest, in: store, into: &content)
            }
        } else {
            let image = try ImageManifest(parsing: manifest.bytes)
            content.blobs += ([image.config] + image.layers)
                .filter { content.seen.insert($0.digest).inserted }
        }
        content.manifests.append(manifest)
    }

    private func storedManifest(_ digest: Digest, in store: BlobStore) async throws -> FetchedManifest {
        let chunks = try store.chunks(of: digest, in: 0..<configuration.longestDocument)
        var bytes: [UInt8] = []
        for try await chunk in chunks { bytes += chunk.readableBytesView }
        return FetchedManifest(
            descriptor: Descriptor(
                mediaType: documentType(bytes) ?? .ociManifest, digest: digest, size: Int64(bytes.count)),
            bytes: bytes)
    }
}

/// What stands under a manifest or index, each once.
private struct PushContent {
    /// What an index names comes before it.
    var manifests: [FetchedManifest] = []
    var blobs: [Descriptor] = []
    var seen: Set<Digest> = []
}

extension PushReport {
    fileprivate mutating func count(_ outcome: PushJob.Outcome) {
        switch outcome {
        case .uploaded: uploaded += 1
        case .mounted: mounted += 1
        case .present: present += 1
        }
    }
}
