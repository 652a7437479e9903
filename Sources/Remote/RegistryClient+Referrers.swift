import NIOHTTP1
package import Blobs
package import OCI

extension RegistryClient {
    /// Publishes an artifact that names its subject, where it can be found from there.
    ///
    /// A registry without the referrers API is told by a tag of the subject's digest, as clients have to (OCI
    /// distribution specification, "Pushing Manifests with Subject").
    ///
    /// - Parameters:
    ///   - artifact: a manifest in the store.
    ///   - repository: a reference whose repository has the subject; its tag plays no part.
    package func attach(
        _ artifact: Descriptor, to subject: Digest, from store: BlobStore, in repository: ImageReference
    ) async throws {
        let place = ImageReference(registry: repository.registry, repository: repository.repository)
        try await push(artifact.digest, from: store, to: [place.pinned(to: artifact.digest)])
        guard try await !listsReferrers(of: subject, in: place) else { return }
        var tagged = place
        tagged.tag = try Tag("\(subject.algorithm.rawValue)-\(subject.hex)")
        var index = try await referrers(under: tagged)
        index.manifests.removeAll { $0.digest == artifact.digest }
        index.manifests.append(artifact)
        let digest = try store.write(index.json.canonical)
        try await push(digest, from: store, to: [tagged])
    }

    private func listsReferrers(of subject: Digest, in place: ImageReference) async throws -> Bool {
        let exchange = Exchange(
            "list what refers to `\(subject)`", at: place, address(place, "referrers/\(subject)"),
            allowing: "pull")
        do {
            let answer = try await self.answer(to: exchange)
            let type = answer.headers["Content-Type"].first
            await answer.drain()
            return type?.hasPrefix("\(MediaType.ociIndex)") == true
        } catch let error as RegistryError where error.reason == .notFound || error.reason == .invalid {
            return false
        }
    }

    /// The list that clients keep; an empty one where there is none yet.
    private func referrers(under tag: ImageReference) async throws -> ImageIndex {
        do {
            let found = try await manifest(tag)
            return try ImageIndex(parsing: found.bytes, mediaType: found.descriptor.mediaType)
        } catch let error as RegistryError where error.reason == .notFound {
            return ImageIndex(manifests: [])
        }
    }
}
