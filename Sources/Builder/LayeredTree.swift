import Archive

/// The file system that layers make, one over the other: what a build step sees of an image, and copies from.
///
/// Only tables of contents are held; contents are read from the layers' archives when they are asked for.
package struct LayeredTree: Sendable {
    private(set) var layers: [any LayerContent] = []
    private var nodes = PathTable<FileNode>()
    /// The names in each directory, in no order, each once.
    private var names: [PathKey: [String]] = [:]
    /// The paths of each file that has several, by ``FileNode/hardLinkID``.
    private var linkedPaths: [String: [String]] = [:]

    package init() { nodes[PathKey("")] = .root }

    /// The number of paths in it.
    var count: Int { nodes.count }

    /// Lays a layer over what is there (OCI image specification, layer.md: whiteouts hide what lies below, and never
    /// what the same layer brings).
    mutating func apply(_ index: TarIndex, content: any LayerContent) {
        let whiteouts = index.members.filter(\.entry.isWhiteout)
        for whiteout in whiteouts { hide(whiteout.entry) }
        add(whiteouts.isEmpty ? index.members : index.members.filter { !$0.entry.isWhiteout }, content)
    }

    /// Unpacks an archive that is no layer: a name that would be a whiteout in one is a name like any other.
    mutating func unpack(_ index: TarIndex, content: any LayerContent) { add(index.members, content) }

    private mutating func add(_ members: [TarIndex.Member], _ content: any LayerContent) {
        let number = layers.count
        layers.append(content)
        nodes.reserveCapacity(nodes.count + members.count)
        for member in members { insert(member, layer: number, content: content) }
    }

    private mutating func hide(_ entry: TarEntry) {
        let name = entry.path.lastComponent
        let directory = entry.path.parentPath
        if name == TarEntry.opaqueWhiteout {
            for child in names[PathKey(directory)] ?? [] { remove(directory.appending(component: child)) }
        } else {
            remove(directory.appending(component: String(name.dropFirst(TarEntry.whiteoutPrefix.count))))
        }
    }

    private mutating func insert(_ member: TarIndex.Member, layer: Int, content: any LayerContent) {
        let path = member.entry.path
        guard let node = node(member, layer: layer, content: content) else { return }
        guard !path.isEmpty else {
            if node.isDirectory { nodes[PathKey("")] = node }
            return
        }
        makeParents(of: path)
        if !node.isDirectory, nodes[PathKey(path)]?.isDirectory == true { remove(path) }
        if nodes.updateValue(node, forKey: PathKey(path)) == nil {
            names[PathKey(path.parentPath), default: []].append(path.lastComponent)
        }
    }

    private mutating func node(
        _ member: TarIndex.Member, layer: Int, content: any LayerContent
    ) -> FileNode? {
        let entry = member.entry
        if entry.kind == .hardLink { return otherName(of: entry, layer: layer) }
        var node = FileNode(entry: entry)
        if entry.kind == .file { node.contentID = content.identity(of: member) }
        node.position = FileNode.Position(layer: layer, offset: member.offset, path: entry.path)
        return node
    }

    /// A file under a second name; `nil` for a link to what is not there, which only a damaged archive has.
    ///
    /// What the archive says of a link's owner, mode and time is said of the file, and so of all its names: programs that
    /// unpack archives do it so.
    private mutating func otherName(of link: TarEntry, layer: Int) -> FileNode? {
        guard var node = nodes[PathKey(link.linkTarget)], !node.isDirectory else { return nil }
        if node.entry.kind == .file {
            let id = node.hardLinkID ?? "\(layer)/\(link.linkTarget)"
            node.hardLinkID = id
            (node.entry.mode, node.entry.modified) = (link.mode, link.modified)
            (node.entry.uid, node.entry.gid) = (link.uid, link.gid)
            for path in linkedPaths[id, default: [link.linkTarget]]
            where path == link.linkTarget || nodes[PathKey(path)]?.hardLinkID == id {
                node.entry.path = path
                nodes[PathKey(path)] = node
            }
            linkedPaths[id, default: [link.linkTarget]].append(link.path)
        }
        node.entry.path = link.path
        return node
    }

    /// Makes sure that there is a directory, told by nobody where it is new.
    mutating func makeImplied(_ directory: String) {
        makeParents(of: directory.appending(component: "."))
    }

    /// Archives may leave directories out.
    private mutating func makeParents(of path: String) {
        let parent = path.parentPath
        let before = nodes[PathKey(parent)]
        guard before?.isDirectory != true else { return }
        makeParents(of: parent)
        var node = FileNode(entry: TarEntry(path: parent, kind: .directory, mode: 0o755))
        node.isImplied = true
        nodes[PathKey(parent)] = node
        if before == nil { names[PathKey(parent.parentPath), default: []].append(parent.lastComponent) }
    }

    private mutating func remove(_ path: String) {
        for child in names.removeValue(forKey: PathKey(path)) ?? [] {
            remove(path.appending(component: child))
        }
        guard nodes.removeValue(forKey: PathKey(path)) != nil else { return }
        let name = PathKey(path.lastComponent)
        names[PathKey(path.parentPath)]?.removeAll { PathKey($0) == name }
    }
}

extension LayeredTree: FileTree {
    package func node(at path: String) -> FileNode? { nodes[PathKey(path)] }

    package func children(of directory: FileNode) -> [FileNode] {
        (names[PathKey(directory.path)] ?? []).sorted { $0.precedes($1) }
            .compactMap { nodes[PathKey(directory.path.appending(component: $0))] }
    }

    package func read(_ node: FileNode, _ body: (RawSpan) throws -> Void) throws {
        try layers[node.position.layer].read(node, body)
    }
}

/// The contents of one layer's files.
protocol LayerContent: Sendable {
    /// What names a file's content for ever, where that is known without reading it.
    func identity(of member: TarIndex.Member) -> String?
    func read(_ node: FileNode, _ body: (RawSpan) throws -> Void) throws
}

extension TarEntry {
    static let whiteoutPrefix = ".wh."
    static let opaqueWhiteout = ".wh..wh..opq"

    /// Whether the name hides something of the layers below.
    var isWhiteout: Bool {
        let start = path.utf8.lastIndex(of: UInt8(ascii: "/")).map(path.utf8.index(after:))
        return path.utf8[(start ?? path.startIndex)...].starts(with: Self.whiteoutPrefix.utf8)
    }
}

extension LayeredTree {
    /// Calls the body with each directory, those above before those below.
    func visitDirectories(_ body: (FileNode) -> Void) {
        var waiting = [node(at: "") ?? .root]
        while let directory = waiting.popLast() {
            body(directory)
            waiting += children(of: directory).filter(\.isDirectory)
        }
    }
}
