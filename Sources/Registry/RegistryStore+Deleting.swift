import Database
import GRDB
package import OCI

extension RegistryStore {
    /// Takes a tag away; the image stays.
    ///
    /// Throws ``RegistryError/manifestUnknown(_:_:)`` when the repository has no such tag.
    package func remove(_ tag: Tag, from repository: RepositoryName) async throws {
        try await database.write { db in
            try db.execute(
                sql: "DELETE FROM registry_tag WHERE repository = ? AND tag = ?",
                arguments: [repository.description, tag.description])
            guard db.changesCount > 0 else { throw RegistryError.manifestUnknown(.tag(tag), repository) }
        }
    }

    /// Takes a manifest away, and every tag that names it; its blobs stay in the repository.
    ///
    /// Throws ``RegistryError/manifestUnknown(_:_:)`` when the repository has no such manifest.
    package func removeManifest(_ manifest: Digest, from repository: RepositoryName) async throws {
        try await database.write { db in
            let key = StatementArguments([repository.description, manifest.description])
            try db.execute(
                sql: "DELETE FROM registry_tag WHERE repository = ? AND digest = ?", arguments: key)
            try db.execute(
                sql: "DELETE FROM registry_manifest WHERE repository = ? AND digest = ?", arguments: key)
            guard db.changesCount > 0 else {
                throw RegistryError.manifestUnknown(.digest(manifest), repository)
            }
        }
    }
}
