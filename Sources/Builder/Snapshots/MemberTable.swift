import Archive
import Cryptography
import OCI

/// What a layer's archive leaves at each path when it is unpacked into nothing, member by member.
struct MemberTable {
    enum Item {
        case directory(TarEntry, isImplied: Bool)
        /// A name of a ``LayerLayout/Leaf``.
        case leaf(Int)
    }

    /// What stands at a path, and the number of the member that put it there.
    private struct Placed {
        var item: Item
        var number: Int
    }

    let title: String
    private(set) var leaves: [Int: LayerLayout.Leaf] = [:]
    private var placed = PathTable<Placed>()
    /// Directories that became something else, and by which member: what was in them before is not there any more.
    private var replaced: [PathKey: Int] = [:]
    private var number = 0
    /// The directory that was made or found last.
    private var lastParent: PathKey?

    init(title: String) { self.title = title }

    /// All paths, those above before those below; some have nothing any more.
    var paths: [String] { placed.keys.map(\.text).sorted { $0.precedes($1) } }

    func item(at path: String) -> Item? {
        guard let found = placed[PathKey(path)], !isReplaced(path, found.number) else { return nil }
        return found.item
    }

    private func isReplaced(_ path: String, _ number: Int) -> Bool {
        guard !replaced.isEmpty else { return false }
        var parent = path
        while !parent.isEmpty {
            parent = parent.parentPath
            if let later = replaced[PathKey(parent)], later > number { return true }
        }
        return false
    }

    mutating func insert(_ index: TarIndex, over base: LayeredTree) throws {
        placed.reserveCapacity(index.members.count)
        var root = base.node(at: "")?.entry ?? FileNode.root.entry
        root.path = ""
        placed[PathKey("")] = Placed(item: .directory(root, isImplied: true), number: -1)
        for (number, member) in index.members.enumerated() where !member.entry.isWhiteout {
            self.number = number
            try insert(Self.checked(member.entry, self), base)
        }
        number = index.members.count
    }

    private mutating func insert(_ entry: TarEntry, _ base: LayeredTree) throws {
        if entry.path.isEmpty {
            guard entry.kind == .directory else { throw refusal("has a root that is no directory") }
            return place(.directory(entry, isImplied: false), at: "")
        }
        try makeDirectory(entry.path.parentPath)
        switch entry.kind {
        case .directory: return place(.directory(entry, isImplied: false), at: entry.path)
        case .hardLink: place(.leaf(try link(entry, base)), at: entry.path)
        default:
            leaves[number] = LayerLayout.Leaf(entry: entry)
            place(.leaf(number), at: entry.path)
        }
    }

    private mutating func place(_ item: Item, at path: String) {
        let key = PathKey(path)
        if case .leaf = item, case .directory = self.item(at: path) {
            replaced[key] = number
            lastParent = nil
        }
        placed[key] = Placed(item: item, number: number)
    }

    /// The leaf that a hard link is a name of.
    ///
    /// What the archive says of a link's owner, mode and time is said of the file, and so of all its names: so
    /// ``LayeredTree`` has it, and programs that unpack archives.
    private mutating func link(_ entry: TarEntry, _ base: LayeredTree) throws -> Int {
        switch item(at: entry.linkTarget) {
        case .leaf(let first):
            if leaves[first]?.entry.kind == .file { leaves[first]?.entry.take(entry) }
            return first
        case .directory:
            throw refusal("has the hard link `/\(entry.path)` to the directory `/\(entry.linkTarget)`")
        case nil:
            guard let node = base.node(at: entry.linkTarget), !node.isDirectory else {
                throw refusal(
                    "has the hard link `/\(entry.path)` to `/\(entry.linkTarget)`, which is not there")
            }
            var leaf = LayerLayout.Leaf(entry: try Self.checked(node.entry, self))
            leaf.copied = LayerLayout.Copied(
                node: node, contentID: try node.contentID ?? base.digest(of: node))
            if node.entry.kind == .file { leaf.entry.take(entry) }
            leaves[number] = leaf
            return number
        }
    }

    /// Makes sure of a directory; archives may leave some out.
    ///
    /// Throws ``BuildError`` where it, or one above it, is something else: a link, above all.
    mutating func makeDirectory(_ path: String) throws {
        let key = PathKey(path)
        if key == lastParent { return }
        var missing: [String] = []
        var parent = path
        search: while true {
            switch item(at: parent) {
            case .directory: break search
            case .leaf(let leaf):
                let title = leaves[leaf]?.entry.kind.title ?? "a file"
                throw refusal("has files below `/\(parent)`, which is \(title)")
            case nil:
                missing.append(parent)
                parent = parent.parentPath
            }
        }
        for directory in missing {
            let entry = TarEntry(path: directory, kind: .directory, mode: 0o755)
            placed[PathKey(directory)] = Placed(item: .directory(entry, isImplied: true), number: number)
        }
        lastParent = key
    }

    func refusal(_ reason: String) -> BuildError {
        BuildError("\(title) \(reason)", hint: "the image is damaged, or made to do harm: have it made again")
    }

    /// An entry without what overlayfs would take for a note of its own.
    ///
    /// Throws ``BuildError`` where Linux has no such file.
    static func checked(_ entry: TarEntry, _ table: MemberTable) throws -> TarEntry {
        // The largest number means that the owner is to stay.
        let owners = 0..<Int(UInt32.max)
        guard owners.contains(entry.uid), owners.contains(entry.gid) else {
            throw table.refusal("has `/\(entry.path)` of the owner \(entry.uid):\(entry.gid)")
        }
        if let (major, minor) = entry.kind.device {
            guard (0..<1 << 12).contains(major), (0..<1 << 20).contains(minor) else {
                throw table.refusal("has `/\(entry.path)`, a device \(major):\(minor)")
            }
            guard entry.kind != .characterDevice(major: 0, minor: 0) else {
                throw table.refusal(
                    "has `/\(entry.path)`, a device 0:0, which overlayfs takes for a removed file")
            }
        }
        guard entry.path.utf8.count < PathLimit.bytes else {
            throw table.refusal("has a path of \(entry.path.utf8.count) bytes: `/\(entry.path.prefix(100))…`")
        }
        guard entry.extendedAttributes.keys.contains(where: OverlayAttribute.isOne) else { return entry }
        var entry = entry
        entry.extendedAttributes = entry.extendedAttributes.filter { !OverlayAttribute.isOne($0.key) }
        return entry
    }
}

/// What Linux takes at most for a path, its end included (`PATH_MAX`).
enum PathLimit {
    static let bytes = 4096
}

extension LayeredTree {
    /// What names a content that its tree has no name for.
    fileprivate func digest(of node: FileNode) throws -> String {
        guard node.entry.kind == .file else { return "" }
        var hasher = try DigestHasher()
        try read(node) { hasher.update($0) }
        return hasher.copy().finish().description
    }
}

extension TarEntry {
    /// Takes over what a link to it says.
    fileprivate mutating func take(_ link: TarEntry) {
        (mode, uid, gid, modified) = (link.mode, link.uid, link.gid, link.modified)
    }
}

extension TarEntry.Kind {
    /// For a sentence.
    var title: String {
        switch self {
        case .file, .hardLink: "a file"
        case .directory: "a directory"
        case .symbolicLink: "a symbolic link"
        case .characterDevice, .blockDevice: "a device"
        case .fifo: "a pipe"
        }
    }

    fileprivate var device: (major: Int, minor: Int)? {
        switch self {
        case .characterDevice(let major, let minor), .blockDevice(let major, let minor): (major, minor)
        default: nil
        }
    }
}
