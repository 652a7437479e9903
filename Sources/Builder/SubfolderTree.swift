import Archive

/// A folder of a tree as a tree of its own.
package struct SubfolderTree: FileTree {
    private let whole: any FileTree
    private let folder: String

    /// - Parameter folder: `.` is all of the tree.
    ///
    /// Throws ``BuildError`` when the tree has no such folder.
    package init(_ whole: any FileTree, folder: String) throws {
        let components = folder.pathComponents
        guard !components.contains("..") else {
            throw BuildError("the context `\(folder)` leads out of the source")
        }
        self.whole = whole
        self.folder = components.joined(separator: "/")
        guard try whole.node(at: self.folder)?.isDirectory ?? self.folder.isEmpty else {
            throw BuildError("the context `\(folder)` is no folder of the source")
        }
    }

    private func inner(_ node: FileNode) -> FileNode {
        var node = node
        node.entry.path = String(
            Substring(node.path.utf8.dropFirst(folder.isEmpty ? 0 : folder.utf8.count + 1)))
        return node
    }

    private func outer(_ path: String) -> String {
        path.isEmpty ? folder : folder.isEmpty ? path : folder + "/" + path
    }

    private func outer(_ node: FileNode) -> FileNode {
        var node = node
        node.entry.path = outer(node.path)
        return node
    }

    package func node(at path: String) throws -> FileNode? {
        path.isEmpty && folder.isEmpty ? try whole.node(at: "") : try whole.node(at: outer(path)).map(inner)
    }

    package func children(of directory: FileNode) throws -> [FileNode] {
        try whole.children(of: outer(directory)).map(inner)
    }

    package var isListedAhead: Bool { whole.isListedAhead }

    package func changeTime(of node: FileNode) throws -> Int64 { try whole.changeTime(of: outer(node)) }

    package func read(_ node: FileNode, _ body: (RawSpan) throws -> Void) throws {
        try whole.read(outer(node), body)
    }
}
