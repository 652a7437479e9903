import Archive

extension DirectoryWriter {
    /// Writes a layer's directory out of its archive, in one pass.
    ///
    /// - Parameters:
    ///   - index: the archive's own table, in its order.
    ///   - base: the file system under the layer.
    func layOut(
        _ layout: LayerLayout, _ index: TarIndex, from archive: Decompressor, over base: LayeredTree
    ) throws {
        var directories: [FileNode] = []
        layout.own.visitDirectories { directories.append($0) }
        for directory in directories { try makeDirectory(directory.path) }
        try makeFiles(index, names(of: layout, directories), from: archive)
        // Links come behind all files: none was ever written through one.
        for directory in directories {
            for child in layout.own.children(of: directory) where !child.isDirectory {
                if child.entry.kind != .file { try makeSpecial(child.entry) }
            }
        }
        for (path, node) in layout.foreign {
            var entry = node.entry
            entry.path = path
            try makeFile(entry) { append in try base.read(node, append) }
        }
        for path in layout.whiteouts { try makeWhiteout(path) }
        let implied = Dictionary(layout.implied.map { (PathKey($0.path), $0) }) { first, _ in first }
        // Those below before those above: what is made in a directory changes its time.
        for directory in directories.reversed() {
            let key = PathKey(directory.path)
            try finish(implied[key] ?? directory.entry, isOpaque: layout.opaque.contains(key))
        }
    }

    /// Where a content is in the archive: a path may be in it twice, but only one of them counts.
    private struct Place: Hashable {
        var path: PathKey
        var offset: Int64?
    }

    /// The names of each file, by its place.
    private func names(of layout: LayerLayout, _ directories: [FileNode]) -> [Place: [FileNode]] {
        var names: [Place: [FileNode]] = [:]
        for directory in directories {
            for child in layout.own.children(of: directory) where child.entry.kind == .file {
                let place = Place(path: PathKey(child.position.path), offset: child.position.offset)
                names[place, default: []].append(child)
            }
        }
        return names
    }

    private func makeFiles(
        _ index: TarIndex, _ names: [Place: [FileNode]], from archive: Decompressor
    ) throws {
        let reader = try TarReader { try archive.next() }
        for member in index.members {
            guard let entry = try reader.next(), entry.path == member.entry.path else {
                throw ArchiveError("read a layer", message: "it is not what its table of contents says")
            }
            guard member.entry.kind == .file, !member.entry.isWhiteout,
                let nodes = names[Place(path: PathKey(entry.path), offset: member.offset)],
                let first = nodes.first
            else { continue }
            try makeFile(first.entry) { append in
                while case let piece = try reader.content(), !piece.isEmpty { try append(piece.span.bytes) }
            }
            for node in nodes.dropFirst() { try makeHardLink(node.path, to: first.path) }
        }
    }

    /// Writes entries that are no layer: they hide nothing.
    func layOut(_ entries: [LayerEntry]) throws {
        var tree = LayeredTree()
        tree.unpack(
            TarIndex(members: entries.map { .init(entry: $0.entry, offset: nil) }), content: NoContent())
        var directories: [FileNode] = []
        tree.visitDirectories { directories.append($0) }
        for directory in directories { try makeDirectory(directory.path) }
        for entry in entries where entry.entry.kind == .file {
            try makeFile(entry.entry) { append in try entry.read(append) }
        }
        for entry in entries {
            switch entry.entry.kind {
            case .file, .directory: continue
            case .hardLink: try makeHardLink(entry.entry.path, to: entry.entry.linkTarget)
            default: try makeSpecial(entry.entry)
            }
        }
        for directory in directories.reversed() { try finish(directory.entry) }
    }
}

/// Where only the names matter.
private struct NoContent: LayerContent {
    func identity(of member: TarIndex.Member) -> String? { nil }
    func read(_ node: FileNode, _ body: (RawSpan) throws -> Void) throws {}
}
