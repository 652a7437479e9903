import Archive
import Cryptography
import OCI

/// What a layer's directory holds: what the layer brings, what it hides, and what it leaves out and takes for granted.
///
/// Overlayfs lays whole directories over each other: one that a layer does not tell, because only something in it is
/// new, must look like the one under it. The same goes for a hard link to a file of another layer.
struct LayerLayout {
    /// What the layer brings, as if it stood alone.
    private(set) var own = LayeredTree()
    /// Paths of files that are removed.
    private(set) var whiteouts: [String] = []
    /// Directories that hide what lies under them.
    private(set) var opaque: Set<PathKey> = []
    /// Directories that the layer leaves out, by the attributes that they have under it.
    private(set) var implied: [TarEntry] = []
    /// Hard links to files of the layers under it.
    private(set) var foreign: [(path: String, node: FileNode)] = []

    init(_ index: TarIndex, content: any LayerContent, over base: LayeredTree) {
        let members = index.members.filter { !$0.entry.isWhiteout }
        own.unpack(TarIndex(members: members), content: content)
        for member in index.members where member.entry.isWhiteout { hide(member.entry) }
        addForeignLinks(members, base)
        addImplied(base)
    }

    private mutating func hide(_ entry: TarEntry) {
        let directory = entry.path.parentPath
        if entry.path.lastComponent == TarEntry.opaqueWhiteout {
            opaque.insert(PathKey(directory))
            return own.makeImplied(directory)
        }
        let name = String(entry.path.lastComponent.dropFirst(TarEntry.whiteoutPrefix.count))
        let path = directory.appending(component: name)
        own.makeImplied(directory)
        guard let brought = own.node(at: path) else { return whiteouts.append(path) }
        // What the layer brings in its place hides nothing else of the same name; a directory must.
        if brought.isDirectory { opaque.insert(PathKey(path)) }
    }

    private mutating func addForeignLinks(_ members: [TarIndex.Member], _ base: LayeredTree) {
        for member in members where member.entry.kind == .hardLink && own.node(at: member.entry.path) == nil {
            guard let node = base.node(at: member.entry.linkTarget), node.entry.kind == .file else {
                continue
            }
            own.makeImplied(member.entry.path.parentPath)
            foreign.append((member.entry.path, node))
        }
    }

    private mutating func addImplied(_ base: LayeredTree) {
        own.visitDirectories { node in
            guard node.isImplied || node.path.isEmpty && node == .root else { return }
            var entry = node.entry
            if let under = base.node(at: node.path), under.isDirectory, !under.isImplied {
                entry = under.entry
            }
            implied.append(entry)
        }
    }

    /// The name of the directory: equal names hold equal files.
    func name(of diffID: Digest) throws(CryptoError) -> String {
        var bytes = Array("layer 1 \(diffID)\n".utf8)
        for entry in implied.sorted(by: { $0.path.precedes($1.path) }) {
            TarFormat.appendHeader(of: entry, to: &bytes)
        }
        for (path, node) in foreign { bytes += Array("\(path) \(node.contentID ?? node.path)\n".utf8) }
        return String(try Digest(of: bytes).hex.prefix(Snapshots.nameLength))
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
