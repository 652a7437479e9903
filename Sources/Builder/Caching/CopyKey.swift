import Archive
import Cryptography
import Dockerfile
import OCI

/// The name of the layer that a `COPY` or `ADD` makes, known before anything is listed or read: what is copied by its
/// name for ever, how, and what of the files under it has a say.
///
/// Only sources that have such a name have one: those of a Git tree, whatever their size. Equal keys make equal layers;
/// layers of unequal keys may still be equal, and are then found by their entries.
struct CopyKey {
    private var text: [UInt8] = []

    /// `nil` where a source has no name for ever.
    static func key(
        _ instruction: Instruction, _ request: CopyRequest, from tree: any FileTree, over base: LayeredTree,
        epoch: Int64
    ) throws -> Digest? {
        guard !request.sources.isEmpty else { return nil }
        var key = CopyKey()
        key.add(instruction, request)
        let finder = SourceFinder(tree: tree)
        for source in request.sources {
            let path = request.keepsParents ? Word("/", source.range) : source
            let found = try finder.find(path)
            key.add("\(found.count)")
            for found in found {
                guard let id = found.node.contentID else { return nil }
                let time = try min(epoch, tree.changeTime(of: found.node))
                key.add("\(found.name) \(found.node.entry.kind) \(found.node.entry.mode) \(time) \(id)")
            }
        }
        try key.add(request.destination, over: base)
        return try Digest(of: key.text)
    }

    private mutating func add(_ text: String) {
        self.text += Array("\(text.utf8.count):\(text)".utf8)
    }

    private mutating func add(_ instruction: Instruction, _ request: CopyRequest) {
        // What a key means is part of it: another version of this program may make other layers.
        add("copy 1")
        var words = request.sources.map(\.text) + [request.destination]
        switch instruction.action {
        case .copy(let copy): words += ["COPY", copy.transfer.mode?.text ?? ""]
        case .add(let add): words += ["ADD", add.transfer.mode?.text ?? "", "\(add.unpacks != false)"]
        default: break
        }
        let owner = request.attributes.owner
        words += [owner.map { "\($0.uid):\($0.gid)" } ?? "", "\(request.keepsParents)"]
        words += request.excludes.patterns
        add("\(words.count)")
        for word in words { add(word) }
    }

    /// What a copy asks of the files under it: where the destination is, and what is there.
    private mutating func add(_ destination: String, over base: LayeredTree) throws {
        var plan = LayerPlan(over: base, epoch: 0)
        let place = try plan.resolve(destination)
        add(place)
        var path = place
        while !path.isEmpty {
            add(plan.entry(at: path).map { "\($0.kind)" } ?? "missing")
            path = path.parentPath
        }
        if let node = base.node(at: place) { add(all: node, in: base) }
    }

    private mutating func add(all node: FileNode, in base: LayeredTree) {
        let entry = node.entry
        add(
            "\(node.path) \(entry.kind) \(entry.mode) \(entry.uid):\(entry.gid) \(entry.modified) \(entry.linkTarget)"
        )
        guard node.isDirectory else { return }
        for child in base.children(of: node) { add(all: child, in: base) }
    }
}
