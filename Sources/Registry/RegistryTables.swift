package import Database

/// The tables of this room.
package enum RegistryTables {
    package static let migrations = [Migration("registry-1", first)]

    /// Names and digests stand in the rows themselves: what a client asks for is found by one look at one index.
    private static let first = """
        CREATE TABLE registry_repository (
            name TEXT PRIMARY KEY,
            created INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE registry_blob (
            repository TEXT NOT NULL REFERENCES registry_repository (name),
            digest TEXT NOT NULL,
            size INTEGER NOT NULL,
            linked INTEGER NOT NULL,
            PRIMARY KEY (repository, digest)
        ) WITHOUT ROWID;
        CREATE TABLE registry_manifest (
            repository TEXT NOT NULL REFERENCES registry_repository (name),
            digest TEXT NOT NULL,
            media_type TEXT NOT NULL,
            size INTEGER NOT NULL,
            image_size INTEGER NOT NULL,
            subject TEXT,
            artifact_type TEXT,
            annotations TEXT,
            pushed INTEGER NOT NULL,
            PRIMARY KEY (repository, digest)
        ) WITHOUT ROWID;
        CREATE INDEX registry_manifest_subject ON registry_manifest (repository, subject)
            WHERE subject IS NOT NULL;
        CREATE TABLE registry_reference (
            repository TEXT NOT NULL,
            manifest TEXT NOT NULL,
            target TEXT NOT NULL,
            is_manifest INTEGER NOT NULL,
            PRIMARY KEY (repository, manifest, target),
            FOREIGN KEY (repository, manifest) REFERENCES registry_manifest (repository, digest)
                ON DELETE CASCADE
        ) WITHOUT ROWID;
        CREATE INDEX registry_reference_target ON registry_reference (repository, target);
        CREATE TABLE registry_tag (
            repository TEXT NOT NULL,
            tag TEXT NOT NULL,
            digest TEXT NOT NULL,
            moved INTEGER NOT NULL,
            PRIMARY KEY (repository, tag),
            FOREIGN KEY (repository, digest) REFERENCES registry_manifest (repository, digest)
        ) WITHOUT ROWID;
        CREATE INDEX registry_tag_digest ON registry_tag (repository, digest);
        """
}
