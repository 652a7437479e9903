import Archive
import Cryptography
import OCI
import Sandbox

/// What the directory of a layer holds, for overlayfs to lay it over those of the layers below: what the layer brings
/// and hides, and what it leaves out and takes for granted.
///
/// Overlayfs shows a directory as the topmost layer has it: one that a layer does not tell, because only something in it
/// is new, must look here as it does below. The same goes for a hard link to a file of a layer below, which becomes a
/// copy. All this is part of the directory's name (``name(of:)``).
struct LayerLayout {
    /// A file below, where the layer only has links to it.
    struct Copied {
        var node: FileNode
        /// Names the content for ever.
        var contentID: String
    }

    /// A file, link, device or pipe.
    struct Leaf {
        /// Owner, mode and time of all its names.
        var entry: TarEntry
        /// Where it is not the layer that brings it.
        var copied: Copied?
        /// Sorted.
        var names: [String] = []
    }

    /// Those above before those below; the first is the root.
    private(set) var directories: [TarEntry] = []
    /// By the number of the member that brings it.
    private(set) var leaves: [Int: Leaf] = [:]
    /// What is removed from the layers below.
    private(set) var whiteouts: [String] = []
    /// Directories that hide what the layers below have in them.
    private(set) var opaque: Set<PathKey> = []
    /// Directories that the layer does not tell, as they are below.
    private var implied: [TarEntry] = []

    /// - Parameters:
    ///   - title: what errors call the layer.
    ///   - base: the file system under the layer.
    ///
    /// Throws ``BuildError`` for a layer that cannot be laid out as it says: one that writes through links, or has
    /// owners or devices that Linux does not know.
    init(_ index: TarIndex, over base: LayeredTree, title: String) throws {
        var members = MemberTable(title: title)
        try members.insert(index, over: base)
        let hiding = try Hiding(index, title: title)
        try hide(hiding, &members, base)
        try collect(members, hiding, base)
    }

    /// Finds what the whiteouts hide. Those that hide nothing are left out: overlayfs would show them as what they are.
    private mutating func hide(
        _ hiding: Hiding, _ members: inout MemberTable, _ base: LayeredTree
    ) throws {
        for path in hiding.removed where base.node(at: path) != nil {
            if !hiding.covers(path, members) { try remove(path, &members, base) }
        }
        for path in hiding.emptied where base.node(at: path)?.isDirectory == true {
            if hiding.covers(path, members) || hiding.isRemoved(path) { continue }
            guard !path.isEmpty else {
                // Overlayfs asks no root whether it is opaque.
                for child in base.children(of: .root) { try remove(child.path, &members, base) }
                continue
            }
            if case .leaf = members.item(at: path) { continue }
            try members.makeDirectory(path)
            opaque.insert(PathKey(path))
        }
        whiteouts.sort { $0.precedes($1) }
    }

    private mutating func remove(
        _ path: String, _ members: inout MemberTable, _ base: LayeredTree
    ) throws {
        switch members.item(at: path) {
        case nil:
            try members.makeDirectory(path.parentPath)
            whiteouts.append(path)
        case .directory where base.node(at: path)?.isDirectory == true: opaque.insert(PathKey(path))
        // What stands in its place hides it.
        case .directory, .leaf: break
        }
    }

    private mutating func collect(
        _ members: MemberTable, _ hiding: Hiding, _ base: LayeredTree
    ) throws {
        leaves = members.leaves
        for path in members.paths {
            switch members.item(at: path) {
            case .directory(let entry, isImplied: false): directories.append(entry)
            case .directory(let entry, isImplied: true):
                let entry = try below(entry, hiding, members, base)
                implied.append(entry)
                directories.append(entry)
            case .leaf(let number): leaves[number]?.names.append(path)
            // It was replaced.
            case nil: break
            }
        }
    }

    /// A directory that the layer does not tell, as it is below.
    private func below(
        _ entry: TarEntry, _ hiding: Hiding, _ members: MemberTable, _ base: LayeredTree
    ) throws -> TarEntry {
        guard let node = base.node(at: entry.path), !hiding.isRemoved(entry.path),
            !hiding.covers(entry.path, members)
        else { return entry }
        guard node.isDirectory else {
            throw members.refusal(
                "has files below `/\(entry.path)`, which is \(node.entry.kind.title) of the layers under it")
        }
        return try MemberTable.checked(node.entry, members)
    }

    /// The name of the directory: those of equal names hold equal files.
    func name(of diffID: Digest) throws -> String {
        // What a name means is part of it: another version of this program may lay the layer out in another way, and
        // in another user namespace the files belong to others.
        var hasher = try DigestHasher()
        hasher.update(Array("layer 1 \(diffID)\n\(IDMapping.current.name)".utf8).span.bytes)
        for entry in implied {
            var header: [UInt8] = []
            TarFormat.appendHeader(of: entry, to: &header)
            hasher.update(header.span.bytes)
        }
        for (number, leaf) in leaves.sorted(by: { $0.key < $1.key }) {
            guard let copied = leaf.copied else { continue }
            hasher.update(Array("copy \(number) \(copied.contentID)\n".utf8).span.bytes)
            var header: [UInt8] = []
            TarFormat.appendHeader(of: leaf.entry, to: &header)
            hasher.update(header.span.bytes)
        }
        for path in whiteouts { hasher.update(Array("whiteout \(path)\0".utf8).span.bytes) }
        for path in opaque.map(\.text).sorted(by: { $0.precedes($1) }) {
            hasher.update(Array("opaque \(path)\0".utf8).span.bytes)
        }
        return String(hasher.finish().hex.prefix(Snapshots.nameLength))
    }
}

/// What a layer's whiteouts say (OCI image specification, layer.md).
struct Hiding {
    /// In the archive's order.
    private(set) var removed: [String] = []
    /// Directories whose contents are hidden.
    private(set) var emptied: [String] = []
    private var removedKeys: Set<PathKey> = []
    private var emptiedKeys: Set<PathKey> = []

    init(_ index: TarIndex, title: String) throws {
        for member in index.members where member.entry.isWhiteout {
            let directory = member.entry.path.parentPath
            let name = String(
                decoding: member.entry.path.lastComponent.utf8.dropFirst(TarEntry.whiteoutPrefix.utf8.count),
                as: UTF8.self)
            if member.entry.path.lastComponent == TarEntry.opaqueWhiteout {
                if emptiedKeys.insert(PathKey(directory)).inserted { emptied.append(directory) }
                continue
            }
            guard !["", ".", ".."].contains(name) else {
                throw BuildError("\(title) has `/\(member.entry.path)`, which removes no file by its name")
            }
            let path = directory.appending(component: name)
            if removedKeys.insert(PathKey(path)).inserted { removed.append(path) }
        }
    }

    func isRemoved(_ path: String) -> Bool { removedKeys.contains(PathKey(path)) }

    /// Whether something above the path hides what the layers below have there.
    func covers(_ path: String, _ members: MemberTable) -> Bool {
        if path.isEmpty { return false }
        var parent = path.parentPath
        while true {
            let key = PathKey(parent)
            if emptiedKeys.contains(key) || removedKeys.contains(key) { return true }
            if case .leaf = members.item(at: parent) { return true }
            if parent.isEmpty { return false }
            parent = parent.parentPath
        }
    }
}
