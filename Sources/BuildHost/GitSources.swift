package import Builder
package import Git

/// Git repositories by URL, fetched into mirrors and read straight from there.
package struct GitSources: Sendable {
    let mirrors: GitMirrors

    package init(mirrors: GitMirrors) { self.mirrors = mirrors }

    /// A commit's files.
    package struct Checkout: Sendable {
        package let tree: any FileTree
        package let commit: CommitRecord
        /// What the reference turned out to be.
        package let reference: ResolvedReference
        /// The URL without credentials.
        package let url: RemoteURL
    }

    /// Brings what a reference means now. A commit that is known is read without asking its server.
    ///
    /// Throws ``BuildError`` where the reference is to blame, ``ChecksumMismatch``, and ``GitError`` where the world is.
    package func checkout(_ reference: GitReference) async throws -> Checkout {
        do {
            let url = try RemoteURL(reference.remote)
            let found = try await resolve(reference, at: url)
            let revision = GitRevision(url: url, commit: found.commit)
            let tree = try await tree(
                of: revision, folder: reference.folder,
                submodules: reference.hasSubmodules ? GitRevision.deepest : 0)
            let commit = try await commit(revision)
            guard reference.keepsGitDirectory == true, reference.folder.isEmpty else {
                return Checkout(tree: tree, commit: commit, reference: found, url: url)
            }
            let directory = try await gitDirectory(of: found, commit, url)
            return Checkout(
                tree: MountedTree(tree, mounts: [".git": directory]), commit: commit, reference: found,
                url: url)
        } catch let error as GitError where !error.isTransient {
            throw BuildError(error.description, hint: error.hint)
        }
    }

    private func commit(_ revision: GitRevision) async throws -> CommitRecord {
        try await RepositoryReader(at: mirrors.path(of: revision.url)).read { repository in
            try repository.commit(revision.commit)
        }
    }

    private func gitDirectory(
        of reference: ResolvedReference, _ commit: CommitRecord, _ url: RemoteURL
    ) async throws -> any FileTree {
        let folder = "\(mirrors.directory)/directories"
        return try await RepositoryReader(at: mirrors.path(of: url)).read { repository in
            try GitDirectoryTree(of: reference, commit, in: repository, remote: url, keptIn: folder)
        }
    }
}

/// A commit of a repository.
struct GitRevision: Hashable, Sendable {
    var url: RemoteURL
    var commit: ObjectID
    /// How deep submodules of submodules are followed.
    static let deepest = 16
}
