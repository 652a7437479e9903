package import Blobs
package import OCI

/// Brings what `ADD` names by URL. A builder without one has only its contexts.
///
/// Throws ``BuildError`` where the Dockerfile is to blame, such as for a file that is not there, ``ChecksumMismatch``, and
/// errors of their own where the world is.
package protocol RemoteSources: Sendable {
    /// The file that is at a URL now.
    ///
    /// - Parameter checksum: of a file that is known by it, nobody needs to be asked.
    func file(at url: String, expecting checksum: Digest?) async throws -> RemoteFile

    /// The files of a repository's commit, and what names it.
    func repository(_ reference: GitReference) async throws -> any FileTree
}

/// A file that came by URL; it can be read as long as this lives.
package struct RemoteFile: Sendable {
    package var digest: Digest
    package var size: Int64
    /// When it last changed, as its server says, in seconds since 1970-01-01 00:00:00 UTC.
    package var modified: Int64?
    package var content: any RandomAccess

    package init(digest: Digest, size: Int64, modified: Int64?, content: any RandomAccess) {
        self.digest = digest
        self.size = size
        self.modified = modified
        self.content = content
    }
}

/// What came is not what a `--checksum` asks for.
package struct ChecksumMismatch: Error, Hashable, Sendable, CustomStringConvertible {
    /// A URL.
    package let source: String
    package let expected: String
    package let found: String

    package init(source: String, expected: String, found: String) {
        self.source = source
        self.expected = expected
        self.found = found
    }

    package var description: String {
        "`\(source)` has the checksum `\(found)`, and `\(expected)` was expected"
    }
}

/// A build's sources from elsewhere: each is brought once, so that all stages see the same.
final class BuildSources: Sendable {
    private struct FileKey: Hashable {
        var url: String
        /// A file that is known by its checksum may be another than the one that is there now.
        var checksum: Digest?
    }

    private let sources: any RemoteSources
    private let files = OnceTable<FileKey, RemoteFile>()
    private let repositories = OnceTable<GitReference, any FileTree>()

    init(_ sources: any RemoteSources) { self.sources = sources }

    func file(at url: String, expecting checksum: Digest?) async throws -> RemoteFile {
        try await files.value(FileKey(url: url, checksum: checksum)) {
            try await sources.file(at: url, expecting: checksum)
        }
    }

    func repository(_ reference: GitReference) async throws -> any FileTree {
        try await repositories.value(reference) { try await sources.repository(reference) }
    }
}
