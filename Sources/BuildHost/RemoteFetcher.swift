package import Builder
package import OCI

/// Brings what `ADD` names by URL: files over HTTP, and Git repositories.
package struct RemoteFetcher: RemoteSources {
    package let files: HTTPFiles
    package let git: GitSources

    package init(files: HTTPFiles, git: GitSources) {
        self.files = files
        self.git = git
    }

    package func file(at url: String, expecting checksum: Digest?) async throws -> RemoteFile {
        try await files.file(at: url, expecting: checksum)
    }

    package func repository(_ reference: GitReference) async throws -> any FileTree {
        try await git.checkout(reference).tree
    }
}
