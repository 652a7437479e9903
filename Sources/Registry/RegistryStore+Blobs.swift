import Database
import GRDB
package import OCI

extension RegistryStore {
    /// Makes a blob of the blob store visible in a repository, which is made where it is new.
    package func link(_ blob: Digest, size: Int64, into repository: RepositoryName) async throws {
        try await database.write { try link(blob, size: size, into: repository, in: $0) }
    }

    /// The size of a blob of the repository in bytes, or `nil` where it has none of that digest.
    package func blobSize(_ blob: Digest, in repository: RepositoryName) async throws -> Int64? {
        try await database.read { try blobSize(blob, in: repository, $0) }
    }

    /// Makes a blob of one repository visible in another; returns whether the first has it.
    package func mount(
        _ blob: Digest, from source: RepositoryName, into repository: RepositoryName
    ) async throws -> Bool {
        try await database.write { db in
            guard let size = try blobSize(blob, in: source, db) else { return false }
            try link(blob, size: size, into: repository, in: db)
            return true
        }
    }

    /// Takes a blob out of a repository; its bytes stay for the others.
    ///
    /// Throws ``RegistryError/blobUnknown(_:_:)``, and ``RegistryError/blobInUse(_:by:)`` while a manifest of the
    /// repository stands on the blob.
    package func removeBlob(_ blob: Digest, from repository: RepositoryName) async throws {
        try await database.write { db in
            let user = try String.fetchOne(
                db,
                sql: """
                    SELECT manifest FROM registry_reference
                    WHERE repository = ? AND target = ? AND NOT is_manifest LIMIT 1
                    """,
                arguments: [repository.description, blob.description])
            if let user { throw RegistryError.blobInUse(blob, by: try digest(inRow: user)) }
            try db.execute(
                sql: "DELETE FROM registry_blob WHERE repository = ? AND digest = ?",
                arguments: [repository.description, blob.description])
            guard db.changesCount > 0 else { throw RegistryError.blobUnknown(blob, repository) }
        }
    }

    func blobSize(_ blob: Digest, in repository: RepositoryName, _ db: Database) throws -> Int64? {
        let request = SQLRequest<Int64>(
            sql: "SELECT size FROM registry_blob WHERE repository = ? AND digest = ?",
            arguments: [repository.description, blob.description], cached: true)
        return try request.fetchOne(db)
    }

    func link(_ blob: Digest, size: Int64, into repository: RepositoryName, in db: Database) throws {
        try makeRepository(repository, in: db)
        try db.execute(
            sql: "INSERT OR IGNORE INTO registry_blob (repository, digest, size, linked) VALUES (?, ?, ?, ?)",
            arguments: [repository.description, blob.description, size, now()])
    }

    func makeRepository(_ repository: RepositoryName, in db: Database) throws {
        try db.execute(
            sql: "INSERT OR IGNORE INTO registry_repository (name, created) VALUES (?, ?)",
            arguments: [repository.description, now()])
    }
}
