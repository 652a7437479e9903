import Archive
import Blobs
import OCI

/// The file system that layers make, one over the other: what a build step sees of an image, and copies from.
///
/// Only tables of contents are held; contents are read from the layers' archives when they are asked for.
package struct LayeredTree: Sendable {
    private(set) var layers: [any LayerContent] = []
    private var nodes: [String: FileNode] = ["": .root]
    /// The names in each directory, in no order.
    private var names: [String: Set<String>] = [:]

    package init() {}

    /// Lays a layer over what is there (OCI image specification, layer.md: whiteouts hide what lies below, and never
    /// what the same layer brings).
    mutating func apply(_ index: TarIndex, content: any LayerContent) {
        let number = layers.count
        layers.append(content)
        for member in index.members { hide(member.entry) }
        for member in index.members where !member.entry.isWhiteout {
            insert(member, layer: number, content: content)
        }
    }

    private mutating func hide(_ entry: TarEntry) {
        guard entry.isWhiteout else { return }
        let name = entry.path.lastComponent
        let directory = entry.path.parentPath
        if name == TarEntry.opaqueWhiteout {
            for child in names[directory] ?? [] { remove(directory.appending(component: child)) }
        } else {
            remove(directory.appending(component: String(name.dropFirst(TarEntry.whiteoutPrefix.count))))
        }
    }

    private mutating func insert(_ member: TarIndex.Member, layer: Int, content: any LayerContent) {
        var entry = member.entry
        var position = FileNode.Position(layer: layer, offset: member.offset, path: entry.path)
        var contentID: String?
        if entry.kind == .hardLink {
            // A link to what is not there is a damaged archive's; nothing is to be seen at its place.
            guard let target = nodes[entry.linkTarget] else { return }
            let path = entry.path
            entry = target.entry
            entry.path = path
            position = target.position
            contentID = target.contentID
        } else if entry.kind == .file {
            contentID = content.identity(of: entry)
        }
        if entry.path.isEmpty {
            if entry.kind == .directory { nodes[""] = FileNode(entry: entry) }
            return
        }
        makeParents(of: entry.path)
        if entry.kind != .directory, nodes[entry.path]?.isDirectory == true { remove(entry.path) }
        var node = FileNode(entry: entry, contentID: contentID)
        node.position = position
        nodes[entry.path] = node
        names[entry.path.parentPath, default: []].insert(entry.path.lastComponent)
    }

    /// Archives may leave directories out.
    private mutating func makeParents(of path: String) {
        let parent = path.parentPath
        guard nodes[parent]?.isDirectory != true else { return }
        makeParents(of: parent)
        nodes[parent] = FileNode(entry: TarEntry(path: parent, kind: .directory, mode: 0o755))
        names[parent.parentPath, default: []].insert(parent.lastComponent)
    }

    private mutating func remove(_ path: String) {
        for child in names.removeValue(forKey: path) ?? [] { remove(path.appending(component: child)) }
        nodes[path] = nil
        names[path.parentPath]?.remove(path.lastComponent)
    }
}

extension LayeredTree: FileTree {
    package func node(at path: String) -> FileNode? { nodes[path] }

    package func children(of directory: FileNode) -> [FileNode] {
        (names[directory.path] ?? []).sorted { $0.precedes($1) }
            .compactMap { nodes[directory.path.appending(component: $0)] }
    }

    package func read(_ node: FileNode, _ body: (RawSpan) throws -> Void) throws {
        try layers[node.position.layer].read(node, body)
    }
}

/// The contents of one layer's files.
protocol LayerContent: Sendable {
    /// What names a file's content for ever, where that is known without reading it.
    func identity(of entry: TarEntry) -> String?
    func read(_ node: FileNode, _ body: (RawSpan) throws -> Void) throws
}

extension TarEntry {
    static let whiteoutPrefix = ".wh."
    static let opaqueWhiteout = ".wh..wh..opq"

    var isWhiteout: Bool { path.lastComponent.hasPrefix(Self.whiteoutPrefix) }
}
