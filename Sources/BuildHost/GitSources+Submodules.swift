import Builder
import Git

extension GitSources {
    /// A submodule of a commit.
    private struct Submodule: Sendable {
        var path: String
        var url: String
        var commit: ObjectID
    }

    /// The files of a commit, those of its submodules among them, and of theirs.
    ///
    /// A submodule that `.gitmodules` does not tell of is an empty folder, as after a clone without them.
    ///
    /// - Parameters:
    ///   - folder: what becomes the tree; empty for all.
    ///   - depth: how many levels of submodules are followed.
    func tree(
        of revision: GitRevision, folder: String = "", submodules depth: Int
    ) async throws -> any FileTree {
        let path = mirrors.path(of: revision.url)
        let (commit, root, submodules) = try await RepositoryReader(at: path).read { repository in
            // The folder is looked for first: its error tells what there is.
            let submodules = depth > 0 ? try Self.submodules(of: revision, in: repository) : []
            let isInside = submodules.contains { folder == $0.path || folder.hasPrefix($0.path + "/") }
            return (
                try repository.commit(revision.commit),
                try repository.tree(of: revision.commit, at: isInside ? "" : folder), submodules
            )
        }
        let wanted = submodules.filter { submodule in
            folder.isEmpty || submodule.path.hasPrefix(folder + "/")
                || folder == submodule.path || folder.hasPrefix(submodule.path + "/")
        }
        guard !wanted.isEmpty else {
            return GitTree(
                repository: try Repository(at: path), commit: commit, tree: root, folder: folder)
        }
        let whole = GitTree(
            repository: try Repository(at: path), commit: commit, tree: commit.tree, folder: nil)
        let mounts = try await bring(wanted, of: revision, depth)
        let mounted = MountedTree(whole, mounts: mounts)
        return folder.isEmpty ? mounted : try SubfolderTree(mounted, folder: folder)
    }

    private func bring(
        _ submodules: [Submodule], of revision: GitRevision, _ depth: Int
    ) async throws -> [String: any FileTree] {
        try await withThrowingTaskGroup(of: (String, any FileTree).self) { group in
            for submodule in submodules {
                group.addTask {
                    let url = try RemoteURL(submodule.url)
                    // A repository from elsewhere must not reach into this machine's files.
                    guard url.localPath == nil || revision.url.localPath != nil else {
                        throw BuildError(
                            "the submodule `\(submodule.path)` of `\(revision.url)` is a path of this machine"
                        )
                    }
                    try await bring(submodule.commit, of: url, named: nil)
                    let inner = GitRevision(url: url, commit: submodule.commit)
                    return (submodule.path, try await tree(of: inner, submodules: depth - 1))
                }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    private static let maximumListSize: Int64 = 1 << 20

    private static func submodules(
        of revision: GitRevision, in repository: Repository
    ) throws -> [Submodule] {
        let root = try repository.tree(of: revision.commit)
        guard let file = try repository.entry(at: ".gitmodules", in: root), file.kind == .file,
            try repository.size(ofBlob: file.id) <= maximumListSize
        else { return [] }
        let text = String(decoding: try repository.bytes(ofBlob: file.id), as: UTF8.self)
        var submodules: [Submodule] = []
        for listed in SubmoduleList(parsing: text).submodules {
            guard let entry = try repository.entry(at: listed.path, in: root), entry.kind == .submodule else {
                continue
            }
            let url = try SubmoduleList.resolve(listed.url, against: revision.url.unredacted)
            submodules.append(Submodule(path: entry.path, url: url, commit: entry.id))
        }
        return submodules
    }
}
