import Blobs
import Database
package import GRDB
package import NIOCore
package import OCI

/// A manifest or index of a repository.
package struct StoredManifest: Hashable, Sendable {
    package let digest: Digest
    package let mediaType: MediaType
    /// Of the document itself, in bytes.
    package let size: Int64
    /// What a client downloads beside it, in bytes: configuration and layers.
    package let imageSize: Int64
    /// Milliseconds since 1970-01-01 00:00:00 UTC.
    package let pushed: Int64

    init(row: Row) throws {
        digest = try Registry.digest(inRow: row["digest"])
        mediaType = MediaType(row["media_type"])
        size = row["size"]
        imageSize = row["image_size"]
        pushed = row["pushed"]
    }
}

/// A tag and the image that it names.
package struct TaggedImage: Hashable, Sendable {
    package let repository: RepositoryName
    package let tag: Tag
    package let digest: Digest
    package let mediaType: MediaType
    /// What a client downloads, in bytes: configuration and layers; of an index, those for this machine.
    package let size: Int64
    /// When the tag came to name the image: milliseconds since 1970-01-01 00:00:00 UTC.
    package let pushed: Int64

    init(row: Row) throws {
        do {
            repository = try RepositoryName(row["repository"] as String)
            tag = try Tag(row["tag"] as String)
        } catch { throw RegistryError.damagedRow("\(error)") }
        digest = try Registry.digest(inRow: row["digest"])
        mediaType = MediaType(row["media_type"])
        size = row["image_size"]
        pushed = row["moved"]
    }
}

extension RegistryStore {
    /// Finds what a tag or a digest names.
    ///
    /// Throws ``RegistryError/manifestUnknown(_:_:)`` when the repository has no such manifest.
    package func manifest(
        _ reference: ManifestReference, in repository: RepositoryName
    ) async throws -> StoredManifest {
        guard let found = try await database.read({ try manifest(reference, in: repository, $0) }) else {
            throw RegistryError.manifestUnknown(reference, repository)
        }
        return found
    }

    /// Likewise, inside a transaction of the caller's; `nil` when the repository has no such manifest.
    package func manifest(
        _ reference: ManifestReference, in repository: RepositoryName, _ db: Database
    ) throws -> StoredManifest? {
        let sql =
            switch reference {
            case .tag:
                """
                SELECT manifest.* FROM registry_tag AS tag JOIN registry_manifest AS manifest
                    ON manifest.repository = tag.repository AND manifest.digest = tag.digest
                WHERE tag.repository = ? AND tag.tag = ?
                """
            case .digest: "SELECT * FROM registry_manifest WHERE repository = ? AND digest = ?"
            }
        let request = SQLRequest<Row>(
            sql: sql, arguments: [repository.description, reference.description], cached: true)
        return try request.fetchOne(db).map(StoredManifest.init(row:))
    }

    /// A manifest's exact bytes, from memory where they were asked for of late.
    ///
    /// Throws `BlobError` when the blob store lost them.
    package func bytes(of manifest: StoredManifest) async throws -> ByteBuffer {
        if let bytes = cache.bytes(of: manifest.digest) { return bytes }
        var bytes = ByteBuffer()
        for try await var chunk in try blobs.chunks(of: manifest.digest) { bytes.writeBuffer(&chunk) }
        cache.keep(bytes, of: manifest.digest)
        return bytes
    }

    /// The repositories with at least one manifest, in the order of their names' bytes.
    ///
    /// - Parameter last: the last of the page before.
    package func repositories(after last: RepositoryName? = nil, limit: Int) async throws -> [RepositoryName]
    {
        try await database.read { db in
            let names = try String.fetchAll(
                db,
                sql: """
                    SELECT name FROM registry_repository WHERE name > ? AND EXISTS
                        (SELECT 1 FROM registry_manifest WHERE repository = name)
                    ORDER BY name LIMIT ?
                    """,
                arguments: [last?.description ?? "", limit])
            return try names.map { name in
                do { return try RepositoryName(name) } catch { throw RegistryError.damagedRow("\(error)") }
            }
        }
    }

    /// A repository's tags, in the order of their bytes.
    ///
    /// - Parameter last: the last of the page before.
    ///
    /// Throws ``RegistryError/unknownRepository(_:)`` when nothing was ever pushed there.
    package func tags(
        of repository: RepositoryName, after last: Tag? = nil, limit: Int
    ) async throws -> [Tag] {
        try await database.read { db in
            let isKnown = try Bool.fetchOne(
                db, sql: "SELECT EXISTS (SELECT 1 FROM registry_repository WHERE name = ?)",
                arguments: [repository.description])
            guard isKnown == true else { throw RegistryError.unknownRepository(repository) }
            let tags = try String.fetchAll(
                db, sql: "SELECT tag FROM registry_tag WHERE repository = ? AND tag > ? ORDER BY tag LIMIT ?",
                arguments: [repository.description, last?.description ?? "", limit])
            return try tags.map { tag in
                do { return try Tag(tag) } catch { throw RegistryError.damagedRow("\(error)") }
            }
        }
    }

    /// Every tag with its image, by repository and tag.
    ///
    /// - Parameter repository: `nil` is all of them.
    package func images(of repository: RepositoryName? = nil) async throws -> [TaggedImage] {
        try await database.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT tag.repository, tag.tag, tag.digest, tag.moved, manifest.media_type,
                        manifest.image_size
                    FROM registry_tag AS tag JOIN registry_manifest AS manifest
                        ON manifest.repository = tag.repository AND manifest.digest = tag.digest
                    WHERE ?1 IS NULL OR tag.repository = ?1
                    ORDER BY tag.repository, tag.tag
                    """,
                arguments: [repository?.description]
            ).map(TaggedImage.init(row:))
        }
    }

    /// The descriptors of the manifests whose subject is `subject`, oldest first.
    ///
    /// - Parameter artifactType: only those of this type.
    func referrers(
        of subject: Digest, in repository: RepositoryName, artifactType: String?
    ) async throws -> [JSONValue] {
        try await database.read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM registry_manifest WHERE repository = ?1 AND subject = ?2
                        AND (?3 IS NULL OR artifact_type = ?3)
                    ORDER BY pushed, digest
                    """,
                arguments: [repository.description, subject.description, artifactType])
            return try rows.map(Self.descriptor(of:))
        }
    }

    private static func descriptor(of row: Row) throws -> JSONValue {
        let manifest = try StoredManifest(row: row)
        var members: [String: JSONValue] = [
            "mediaType": .string(manifest.mediaType.description),
            "digest": .string(manifest.digest.description),
            "size": .integer(manifest.size),
        ]
        if let type = row["artifact_type"] as String? { members["artifactType"] = .string(type) }
        if let annotations = row["annotations"] as String? {
            members["annotations"] = try JSONValue(parsing: annotations.utf8)
        }
        return .object(members)
    }
}
