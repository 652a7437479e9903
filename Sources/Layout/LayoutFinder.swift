import Cryptography
import OCI

/// Finds an image in an OCI layout by name or digest.
struct LayoutFinder {
    let index: ImageIndex
    let blobs: LayoutBlobs

    func descriptor(_ selection: LayoutSelection) throws -> Descriptor {
        switch selection {
        case .only: try only()
        case .name(let name): try named(name)
        case .digest(let digest): try withDigest(digest)
        }
    }

    private func only() throws(LayoutError) -> Descriptor {
        let images = index.manifests.filter { $0.artifactType == nil }
        let names = unique(images.flatMap(\.layoutNames))
        let found = Set(images.map(\.digest))
        if found.count == 1, let image = images.first { return image }
        guard found.count > 1 else {
            throw LayoutError(.unknown, blobs.operation, "it holds no image")
        }
        let latest = images.filter { $0.annotations?[Annotation.referenceName] == "latest" }
        if Set(latest.map(\.digest)).count == 1, let image = latest.first { return image }
        throw LayoutError(
            .ambiguous, blobs.operation, "it holds \(found.count) images",
            hint: names.isEmpty
                ? "choose one by its digest: `\(images.map(\.digest.description).joined(separator: "`, `"))`"
                : "choose one of `\(names.joined(separator: "`, `"))`")
    }

    private func named(_ name: String) throws(LayoutError) -> Descriptor {
        let images = index.manifests.filter { $0.isCalled(name) }
        let digests = unique(images.map(\.digest.description))
        if digests.count == 1, let image = images.first { return image }
        guard digests.isEmpty else {
            throw LayoutError(
                .ambiguous, blobs.operation, "\(digests.count) images are called `\(name)`",
                hint: "choose one by its digest: `\(digests.joined(separator: "`, `"))`")
        }
        let names = unique(index.manifests.flatMap(\.layoutNames))
        throw LayoutError(
            .unknown, blobs.operation, "it has no image called `\(name)`",
            hint: names.isEmpty
                ? "its images have no names: choose one by its digest"
                : "it has `\(names.joined(separator: "`, `"))`")
    }

    /// An entry, or any other manifest or index that lies in the layout: one of an index's platforms.
    private func withDigest(_ digest: Digest) throws -> Descriptor {
        if let listed = index.manifests.first(where: { $0.digest == digest }) { return listed }
        guard let blob = try blobs.blob(digest) else {
            throw LayoutError(.unknown, blobs.operation, "it has no image with the digest `\(digest)`")
        }
        // The type is not known before the document is read, and is not used to read it.
        let unnamed = Descriptor(mediaType: .ociManifest, digest: digest, size: blob.size)
        let bytes = try blobs.document(unnamed)
        // What is no JSON is no manifest: it falls to the error below.
        let document = (try? JSONValue(parsing: bytes))?.object ?? [:]
        let fallback: MediaType? =
            document["manifests"] != nil
            ? .ociIndex : document["config"]?.object?["digest"] != nil ? .ociManifest : nil
        let type = document["mediaType"]?.string.map(MediaType.init) ?? fallback
        guard let type, type.isIndex || type.isManifest else {
            throw LayoutError(.unknown, blobs.operation, "`\(digest)` is neither a manifest nor an index")
        }
        return Descriptor(mediaType: type, digest: digest, size: blob.size)
    }

    private func unique(_ texts: [String]) -> [String] { Array(Set(texts)).sorted() }
}

extension Descriptor {
    /// What an entry of an index is called, the shorter name first.
    var layoutNames: [String] {
        [Annotation.referenceName, Annotation.imageName].compactMap { annotations?[$0] }
    }

    fileprivate func isCalled(_ name: String) -> Bool {
        if layoutNames.contains(name) { return true }
        guard let full = annotations?[Annotation.imageName] else { return false }
        return ImageReference.areSame(full, name)
    }
}

extension ImageReference {
    /// Whether two texts name the same image, however short they say it.
    static func areSame(_ one: String, _ other: String) -> Bool {
        // What is no reference names nothing.
        guard let one = try? ImageReference(one), let other = try? ImageReference(other) else { return false }
        return one == other
    }
}
