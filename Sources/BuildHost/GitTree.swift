import Archive
package import Builder
package import Git
import Synchronization

/// A folder of a commit as a build context, read straight from the object database: nothing is checked out.
///
/// Object ids name the contents, so unchanged files are known without being read.
package final class GitTree: FileTree {
    private let repository: Mutex<Repository>
    private let root: ObjectID
    private let commit: CommitRecord
    /// The tree's place in the commit; empty for all of it.
    private let folder: String

    /// - Parameter tree: the id of the folder in the commit.
    package init(repository: sending Repository, commit: CommitRecord, tree: ObjectID, folder: String?) {
        self.repository = Mutex(repository)
        self.commit = commit
        root = tree
        self.folder = folder ?? ""
    }

    package func node(at path: String) throws -> FileNode? {
        try repository.withLock { repository in
            guard let entry = try repository.entry(at: path, in: root) else { return nil }
            return try node(entry, path: path, repository)
        }
    }

    package func children(of directory: FileNode) throws -> [FileNode] {
        guard let id = Self.objectID(of: directory) else { return [] }
        return try repository.withLock { repository in
            try repository.entries(of: id).map { entry in
                let path = directory.path.isEmpty ? entry.path : directory.path + "/" + entry.path
                return try node(entry, path: path, repository)
            }
        }
    }

    package func changeTime(of node: FileNode) throws -> Int64 {
        let path = [folder, node.path].filter { !$0.isEmpty }.joined(separator: "/")
        return try repository.withLock { try $0.changeTime(of: path, in: commit.id) }
    }

    package func read(_ node: FileNode, _ body: (RawSpan) throws -> Void) throws {
        guard let id = Self.objectID(of: node) else { return }
        // libgit2 holds the whole blob anyway; the repository is free again while the bytes are used.
        let bytes = try repository.withLock { try $0.bytes(ofBlob: id) }
        if !bytes.isEmpty { try body(bytes.span.bytes) }
    }

    private func node(_ entry: Git.TreeEntry, path: String, _ repository: Repository) throws -> FileNode {
        var tar = TarEntry(path: path, kind: .file, mode: 0o644, modified: commit.time)
        switch entry.kind {
        case .file: tar.size = try repository.size(ofBlob: entry.id)
        case .executable:
            tar.mode = 0o755
            tar.size = try repository.size(ofBlob: entry.id)
        case .symlink:
            tar.kind = .symbolicLink
            tar.mode = 0o777
            tar.linkTarget = String(decoding: try repository.bytes(ofBlob: entry.id), as: UTF8.self)
        case .folder:
            (tar.kind, tar.mode) = (.directory, 0o755)
        case .submodule:
            // Its files are another repository's; Git, too, leaves an empty folder until it is asked for them.
            (tar.kind, tar.mode) = (.directory, 0o755)
            return FileNode(entry: tar)
        }
        return FileNode(entry: tar, contentID: Self.prefix + entry.id.description)
    }

    private static let prefix = "git:"

    private static func objectID(of node: FileNode) -> ObjectID? {
        // What has no such name is not of this tree, or is a submodule: there is nothing in it.
        node.contentID.flatMap { try? ObjectID($0.dropFirst(prefix.count)) }
    }
}
