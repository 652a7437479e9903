import Cryptography
import Dockerfile
import OCI

/// A build context without what its `.dockerignore` leaves out.
struct FilteredTree: FileTree {
    private let whole: any FileTree
    private let ignore: IgnoreFile
    private let ignoreID: String

    init(_ whole: any FileTree, _ ignore: IgnoreFile) throws(CryptoError) {
        self.whole = whole
        self.ignore = ignore
        ignoreID = try Digest(of: Array(ignore.patterns.joined(separator: "\n").utf8)).hex
    }

    /// A directory's content is what it holds less what is left out, which depends on where it stands.
    private func filtered(_ node: FileNode) -> FileNode {
        guard node.isDirectory, let id = node.contentID else { return node }
        var node = node
        node.contentID = "filtered:\(ignoreID) \(node.path) \(id)"
        return node
    }

    /// A node as the tree that is filtered knows it.
    private func whole(_ node: FileNode) throws -> FileNode {
        node.isDirectory && node.contentID != nil ? try whole.node(at: node.path) ?? node : node
    }

    /// Whether a node is in the context: it is not left out, or it is a directory that holds something that is not.
    private func contains(_ node: FileNode) throws -> Bool {
        if node.path.isEmpty || !ignore.isIgnored(node.path) { return true }
        guard node.isDirectory, ignore.mayContainIncluded(node.path) else { return false }
        // Only nodes of the whole tree come here.
        return try whole.children(of: node).contains { try contains($0) }
    }

    func node(at path: String) throws -> FileNode? {
        guard let node = try whole.node(at: path), try contains(node) else { return nil }
        return filtered(node)
    }

    func children(of directory: FileNode) throws -> [FileNode] {
        try whole.children(of: whole(directory)).filter { try contains($0) }.map(filtered)
    }

    var isListedAhead: Bool { whole.isListedAhead }

    func changeTime(of node: FileNode) throws -> Int64 { try whole.changeTime(of: whole(node)) }

    func read(_ node: FileNode, _ body: (RawSpan) throws -> Void) throws { try whole.read(node, body) }
}
