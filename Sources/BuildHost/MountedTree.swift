import Archive
import Builder

/// A tree in which other trees stand as folders: a repository with its submodules, or with its `.git`.
struct MountedTree: FileTree {
    private let base: any FileTree
    /// By the path at which each stands; none is inside of another.
    private let mounts: [String: any FileTree]

    init(_ base: any FileTree, mounts: [String: any FileTree]) {
        self.base = base
        self.mounts = mounts
    }

    /// The tree that has a path, the path there, and where that tree stands.
    private func place(of path: String) -> (tree: any FileTree, path: String, mount: String)? {
        for (mount, tree) in mounts {
            if path == mount { return (tree, "", mount) }
            if path.hasPrefix(mount + "/") {
                return (tree, String(path.dropFirst(mount.count + 1)), mount)
            }
        }
        return nil
    }

    private func outer(_ node: FileNode, _ mount: String) -> FileNode {
        var node = node
        node.entry.path = node.path.isEmpty ? mount : mount + "/" + node.path
        return node
    }

    func node(at path: String) throws -> FileNode? {
        guard let place = place(of: path) else { return try base.node(at: path) }
        return try place.tree.node(at: place.path).map { outer($0, place.mount) }
    }

    func children(of directory: FileNode) throws -> [FileNode] {
        if let place = place(of: directory.path) {
            var inner = directory
            inner.entry.path = place.path
            return try place.tree.children(of: inner).map { outer($0, place.mount) }
        }
        let here = try mounts.keys.filter { Self.parent(of: $0) == directory.path }
            .compactMap { try node(at: $0) }
        guard !here.isEmpty else { return try base.children(of: directory) }
        let others = try base.children(of: directory).filter { mounts[$0.path] == nil }
        return (others + here).sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    private static func parent(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    func changeTime(of node: FileNode) throws -> Int64 {
        guard let place = place(of: node.path) else { return try base.changeTime(of: node) }
        var inner = node
        inner.entry.path = place.path
        return try place.tree.changeTime(of: inner)
    }

    func read(_ node: FileNode, _ body: (RawSpan) throws -> Void) throws {
        guard let place = place(of: node.path) else { return try base.read(node, body) }
        var inner = node
        inner.entry.path = place.path
        try place.tree.read(inner, body)
    }
}
