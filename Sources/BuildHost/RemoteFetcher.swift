package import Builder
import Git
import Inventory
package import OCI

/// Brings what `ADD` names by URL: files over HTTP, and Git repositories.
package struct RemoteFetcher: RemoteSources {
    package let files: HTTPFiles
    package let git: GitSources
    /// Is told what was brought.
    private var log: FetchedSources?

    package init(files: HTTPFiles, git: GitSources) {
        self.files = files
        self.git = git
    }

    /// The same, noting what it brings.
    func noting(in log: FetchedSources) -> RemoteFetcher {
        var copy = self
        copy.log = log
        return copy
    }

    package func file(at url: String, expecting checksum: Digest?) async throws -> RemoteFile {
        let file = try await files.file(at: url, expecting: checksum)
        log?.add(Material(file: url, digest: file.digest))
        return file
    }

    package func repository(_ reference: GitReference) async throws -> any FileTree {
        let checkout = try await git.checkout(reference)
        log?.add(
            Material(
                repository: checkout.url.description, commit: checkout.commit.id.description,
                reference: checkout.reference.kind == .commit ? nil : checkout.reference.name))
        return checkout.tree
    }
}
