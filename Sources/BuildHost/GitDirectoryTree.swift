import Archive
import Builder
import Cryptography
import Foundation
import Git
import OCI

/// The `.git` of one commit, made when it is first asked for, and then kept.
struct GitDirectoryTree: FileTree {
    private let files: DirectoryTree
    /// What names everything in it for ever.
    private let name: String
    private let time: Int64
    /// Changes whenever what is written does.
    private static let version = "git-directory-1"

    /// - Parameters:
    ///   - folder: where such directories are kept, by name.
    ///   - commit: the reference's.
    ///
    /// Blocks. Throws ``GitError``.
    init(
        of reference: ResolvedReference, _ commit: CommitRecord, in repository: Repository, remote: RemoteURL,
        keptIn folder: String
    ) throws {
        let facts = [
            Self.version, "\(reference.commit)", reference.kind.rawValue, reference.name, "\(remote)",
        ]
        name = try Digest(of: Array(facts.joined(separator: "\n").utf8)).hex
        time = commit.time
        let path = "\(folder)/\(name)"
        files = DirectoryTree(directory: path)
        guard !FileManager.default.fileExists(atPath: path) else { return }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let beside = "\(path).new-\(UInt64.random(in: 0...UInt64.max))"
        // What was moved away is not there any more, and else is rubbish.
        defer { try? FileManager.default.removeItem(atPath: beside) }
        try repository.writeGitDirectory(at: beside, of: reference, remote: remote)
        do { try FileManager.default.moveItem(atPath: beside, toPath: path) } catch {
            // Somebody else may have made the same at the same time.
            guard FileManager.default.fileExists(atPath: path) else { throw error }
        }
    }

    private func named(_ node: FileNode) -> FileNode {
        var node = node
        if node.entry.kind == .file { node.contentID = "\(name)/\(node.path)" }
        return node
    }

    func node(at path: String) throws -> FileNode? { try files.node(at: path).map(named) }
    func children(of directory: FileNode) throws -> [FileNode] {
        try files.children(of: directory).map(named)
    }
    func changeTime(of node: FileNode) -> Int64 { time }
    func read(_ node: FileNode, _ body: (RawSpan) throws -> Void) throws { try files.read(node, body) }
}
