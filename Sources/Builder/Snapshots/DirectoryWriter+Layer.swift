import Archive

extension DirectoryWriter {
    /// Writes a layer's directory out of its archive, in one pass.
    ///
    /// - Parameters:
    ///   - index: the archive's own table, in its order.
    ///   - next: gives the archive's next bytes, and none at its end.
    ///
    /// Throws ``ArchiveError`` when the archive is damaged or another one.
    mutating func layOut(
        _ layout: LayerLayout, _ index: TarIndex, over base: LayeredTree,
        from next: @escaping () throws -> [UInt8]
    ) throws {
        for directory in layout.directories { try makeDirectory(directory.path) }
        let reader = try TarReader(next)
        for (number, member) in index.members.enumerated() {
            guard let entry = try reader.next(), PathKey(entry.path) == PathKey(member.entry.path) else {
                throw ArchiveError("read a layer", message: "it is not what its table of contents says")
            }
            guard let leaf = layout.leaves[number], leaf.copied == nil, leaf.entry.kind == .file else {
                continue
            }
            try make(leaf) { append in
                while case let piece = try reader.content(), !piece.isEmpty { try append(piece.span.bytes) }
            }
        }
        try makeRest(layout, over: base)
    }

    /// Writes entries that are no layer: they hide nothing.
    ///
    /// Throws ``BuildError`` for entries that cannot be laid out as they say.
    mutating func layOut(_ entries: [LayerEntry]) throws {
        let index = TarIndex(members: entries.map { TarIndex.Member(entry: $0.entry, offset: nil) })
        let layout = try LayerLayout(index, over: LayeredTree(), title: "what is to be laid out")
        for directory in layout.directories { try makeDirectory(directory.path) }
        for (number, entry) in entries.enumerated() where entry.entry.kind == .file {
            guard let leaf = layout.leaves[number] else { continue }
            try make(leaf) { append in try entry.read(append) }
        }
        try makeRest(layout, over: LayeredTree())
    }

    private mutating func make(
        _ leaf: LayerLayout.Leaf, _ write: ((RawSpan) throws -> Void) throws -> Void
    ) throws {
        // Something else took the place of all its names.
        guard let first = leaf.names.first else { return }
        var entry = leaf.entry
        entry.path = first
        if entry.kind == .file { try makeFile(entry, write) } else if try !makeSpecial(entry) { return }
        for name in leaf.names.dropFirst() { try makeHardLink(name, to: first) }
    }

    /// Everything but the files that the layer itself brings; links come behind all of these.
    private mutating func makeRest(_ layout: LayerLayout, over base: LayeredTree) throws {
        let leaves = layout.leaves.sorted { $0.key < $1.key }.map(\.value)
        for leaf in leaves where leaf.entry.kind == .file {
            guard let copied = leaf.copied else { continue }
            try make(leaf) { append in try base.read(copied.node, append) }
        }
        for leaf in leaves where leaf.entry.kind != .file { try make(leaf) { _ in } }
        for path in layout.whiteouts { try makeWhiteout(path) }
        // Those below before those above: what is made in a directory changes its time.
        for directory in layout.directories.reversed() {
            try finish(directory, isOpaque: layout.opaque.contains(PathKey(directory.path)))
        }
    }
}
