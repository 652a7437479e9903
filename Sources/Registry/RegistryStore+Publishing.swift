import Blobs
import Database
package import GRDB
import NIOCore
package import OCI

/// A manifest, and the repository that it goes to.
package struct PublishedManifest: Hashable, Sendable {
    package let repository: RepositoryName
    package let document: ManifestDocument

    package init(repository: RepositoryName, document: ManifestDocument) {
        self.repository = repository
        self.document = document
    }
}

extension RegistryStore {
    /// Publishes images whose blobs are in the blob store already; nothing is copied, and all tags move together.
    ///
    /// List a manifest before the index that names it. Returns the tags that moved; a tag that named its digest
    /// already is none of them. Throws ``RegistryError/manifestBlobUnknown(_:)`` when the blob store lacks a blob.
    @discardableResult
    package func publish(_ manifests: [PublishedManifest], tags: [PublishedTag]) async throws -> [TagMove] {
        for manifest in manifests { try await store(manifest.document) }
        return try await change { try publish(manifests, tags: tags, in: $0) }
    }

    /// Likewise, inside a transaction of the caller's; it calls ``tagsHaveMoved()`` when that is committed.
    ///
    /// The closure for tag moves has run for each of the moves returned. The transaction waits for the disk where
    /// a manifest's bytes are not in the blob store yet: write them there before.
    @discardableResult
    package func publish(
        _ manifests: [PublishedManifest], tags: [PublishedTag], in db: Database
    ) throws -> [TagMove] {
        for manifest in manifests {
            try storeBlocking(manifest.document)
            try linkBlobs(of: manifest.document, into: manifest.repository, in: db)
            try insert(manifest.document, into: manifest.repository, in: db)
        }
        return try tags.compactMap { try move($0, in: db) }
    }

    /// Takes a manifest that a client pushed, and points tags at it.
    ///
    /// Throws ``RegistryError/manifestBlobUnknown(_:)`` when the repository lacks what the manifest is made of.
    func put(_ document: ManifestDocument, into repository: RepositoryName, tags: [Tag]) async throws {
        try await store(document)
        try await change { db in
            try insert(document, into: repository, in: db)
            return try tags.compactMap { tag in
                try move(PublishedTag(repository: repository, tag: tag, digest: document.digest), in: db)
            }
        }
    }

    /// Runs one transaction, and tells of the tags that moved in it.
    @discardableResult
    private func change(_ body: @escaping @Sendable (Database) throws -> [TagMove]) async throws -> [TagMove]
    {
        let moves = try await database.write(body)
        if !moves.isEmpty { tagsHaveMoved() }
        return moves
    }

    /// Writes the document's bytes, off the cooperative pool.
    private func store(_ document: ManifestDocument) async throws {
        let bytes = ByteBuffer(bytes: document.bytes)
        let upload = BlobUpload(store: blobs, algorithm: document.digest.algorithm)
        try await upload.append(bytes)
        _ = try await upload.finish(expecting: document.digest)
        cache.keep(bytes, of: document.digest)
    }

    private func storeBlocking(_ document: ManifestDocument) throws {
        guard try blobs.size(of: document.digest) == nil else { return }
        var writer = try BlobWriter(store: blobs, algorithm: document.digest.algorithm)
        try writer.append(document.bytes)
        _ = try writer.finish(expecting: document.digest)
    }

    private func linkBlobs(
        of document: ManifestDocument, into repository: RepositoryName, in db: Database
    ) throws {
        for blob in document.blobs {
            guard let size = try blobs.size(of: blob.digest) else {
                throw RegistryError.manifestBlobUnknown([blob.digest])
            }
            try link(blob.digest, size: size, into: repository, in: db)
        }
    }

    private func insert(
        _ document: ManifestDocument, into repository: RepositoryName, in db: Database
    ) throws {
        let imageSize = try sizeOfContent(of: document, in: repository, db)
        try makeRepository(repository, in: db)
        try db.execute(
            sql: """
                INSERT INTO registry_manifest (repository, digest, media_type, size, image_size, subject,
                    artifact_type, annotations, pushed)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET media_type = excluded.media_type, pushed = excluded.pushed
                """,
            arguments: [
                repository.description, document.digest.description, document.mediaType.description,
                document.bytes.count, imageSize, document.subject?.description, document.artifactType,
                document.annotations.map { annotations in
                    let json = JSONValue.object(annotations.mapValues(JSONValue.string))
                    return String(decoding: json.canonical, as: UTF8.self)
                }, now(),
            ])
        let references = document.blobs.map { ($0, false) } + document.manifests.map { ($0, true) }
        for (descriptor, isManifest) in references {
            try db.execute(
                sql: """
                    INSERT OR IGNORE INTO registry_reference (repository, manifest, target, is_manifest)
                    VALUES (?, ?, ?, ?)
                    """,
                arguments: [
                    repository.description, document.digest.description, descriptor.digest.description,
                    isManifest,
                ])
        }
    }

    /// What a client downloads for the document, in bytes; for an index, what one for this machine does.
    ///
    /// Throws ``RegistryError`` unless the repository holds each blob and manifest in the size that the document
    /// says.
    private func sizeOfContent(
        of document: ManifestDocument, in repository: RepositoryName, _ db: Database
    ) throws -> Int64 {
        var missing: [Digest] = []
        func check(_ descriptor: Descriptor, size: Int64?) throws {
            guard let size else { return missing.append(descriptor.digest) }
            guard size == descriptor.size else {
                throw RegistryError.descriptorSizeWrong(descriptor.digest, size: size, said: descriptor.size)
            }
        }
        for blob in document.blobs { try check(blob, size: blobSize(blob.digest, in: repository, db)) }
        var images: [(Descriptor, Int64)] = []
        for child in document.manifests {
            let found = try manifest(.digest(child.digest), in: repository, db)
            try check(child, size: found?.size)
            if let found { images.append((child, found.imageSize)) }
        }
        guard missing.isEmpty else { throw RegistryError.manifestBlobUnknown(missing) }
        let own = images.first { $0.0.platform.map(Platform.host.matches) ?? false } ?? images.first
        // A layer that stands twice in an image is downloaded once.
        let layers = Dictionary(
            document.blobs.map { ($0.digest, $0.size) }, uniquingKeysWith: { size, _ in size })
        return layers.values.reduce(0, +) + (own?.1 ?? 0)
    }
}
