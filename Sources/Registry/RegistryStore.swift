package import Blobs
package import Database
import FoundationEssentials
package import GRDB
package import OCI

/// The repositories, manifests and tags of the embedded registry: rows over the blob store.
///
/// Every change is one transaction, durable when the call returns. A blob is visible in a repository only by its
/// row, which is written after the blob's file is whole and on disk.
package struct RegistryStore: Sendable {
    package let blobs: BlobStore
    let database: StateDatabase
    let now: @Sendable () -> Int64
    let cache = ManifestCache(limit: 16 << 20)
    private let onTagMove: @Sendable (TagMove, Database) throws -> Void
    private let afterTagMove: @Sendable () -> Void

    /// - Parameters:
    ///   - now: milliseconds since 1970-01-01 00:00:00 UTC.
    ///   - onTagMove: runs inside the transaction that moves a tag, once for each tag; when it throws, nothing of
    ///     the push is kept.
    ///   - afterTagMove: runs once a transaction with tag moves is committed.
    package init(
        database: StateDatabase, blobs: BlobStore,
        now: @escaping @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1000) },
        onTagMove: @escaping @Sendable (TagMove, Database) throws -> Void = { _, _ in },
        afterTagMove: @escaping @Sendable () -> Void = {}
    ) {
        self.database = database
        self.blobs = blobs
        self.now = now
        self.onTagMove = onTagMove
        self.afterTagMove = afterTagMove
    }

    /// Tells that tag moves are committed; for those who call ``publish(_:tags:in:)`` in a transaction of their own.
    package func tagsHaveMoved() { afterTagMove() }

    /// Points a tag at a manifest of its repository.
    ///
    /// Returns `nil` when it points there already.
    func move(_ tag: PublishedTag, in db: Database) throws -> TagMove? {
        let key = [tag.repository.description, tag.tag.description]
        let previous = try String.fetchOne(
            db, sql: "SELECT digest FROM registry_tag WHERE repository = ? AND tag = ?",
            arguments: StatementArguments(key))
        if previous == tag.digest.description { return nil }
        guard try manifest(.digest(tag.digest), in: tag.repository, db) != nil else {
            throw RegistryError.manifestUnknown(.digest(tag.digest), tag.repository)
        }
        try db.execute(
            sql: """
                INSERT INTO registry_tag (repository, tag, digest, moved) VALUES (?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET digest = excluded.digest, moved = excluded.moved
                """,
            arguments: [key[0], key[1], tag.digest.description, now()])
        let move = TagMove(
            repository: tag.repository, tag: tag.tag, previousDigest: try previous.map(digest(inRow:)),
            digest: tag.digest)
        try onTagMove(move, db)
        return move
    }
}

/// A tag that came to name another manifest.
package struct TagMove: Hashable, Sendable {
    package let repository: RepositoryName
    package let tag: Tag
    /// What the tag named before; `nil` for a new tag.
    package let previousDigest: Digest?
    package let digest: Digest
}

/// A tag, and the manifest that it is to name.
package struct PublishedTag: Hashable, Sendable {
    package let repository: RepositoryName
    package let tag: Tag
    package let digest: Digest

    package init(repository: RepositoryName, tag: Tag, digest: Digest) {
        self.repository = repository
        self.tag = tag
        self.digest = digest
    }
}

/// What names a manifest in a repository.
package enum ManifestReference: Hashable, Sendable, CustomStringConvertible {
    case tag(Tag)
    case digest(Digest)

    package var description: String {
        switch self {
        case .tag(let tag): tag.description
        case .digest(let digest): digest.description
        }
    }
}

func digest(inRow text: String) throws -> Digest {
    do { return try Digest(text) } catch { throw RegistryError.damagedRow("\(error)") }
}
