import Dockerfile

/// A build context without what its `.dockerignore` leaves out.
struct FilteredTree: FileTree {
    private let whole: any FileTree
    private let ignore: IgnoreFile

    init(_ whole: any FileTree, _ ignore: IgnoreFile) {
        self.whole = whole
        self.ignore = ignore
    }

    /// Whether a node is in the context: it is not left out, or it is a directory that holds something that is not.
    private func contains(_ node: FileNode) throws -> Bool {
        if node.path.isEmpty || !ignore.isIgnored(node.path) { return true }
        guard node.isDirectory, ignore.mayContainIncluded(node.path) else { return false }
        return try whole.children(of: node).contains { try contains($0) }
    }

    func node(at path: String) throws -> FileNode? {
        guard let node = try whole.node(at: path), try contains(node) else { return nil }
        return node
    }

    func children(of directory: FileNode) throws -> [FileNode] {
        try whole.children(of: directory).filter { try contains($0) }
    }

    func changeTime(of node: FileNode) throws -> Int64 { try whole.changeTime(of: node) }

    func read(_ node: FileNode, _ body: (RawSpan) throws -> Void) throws { try whole.read(node, body) }
}
