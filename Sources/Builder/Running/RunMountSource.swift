import Archive
import Dockerfile
import OCI

/// What a mount of a `RUN` instruction shows, found in its tree and named by its content.
struct RunMountSource: Sendable {
    enum Content: Sendable {
        /// The directory or file at a path of layers.
        case layers([Layer], path: String)
        /// Entries that are laid out for the mount; a file stands alone under its name.
        case entries([LayerEntry], path: String)
    }

    var content: Content
    private let node: FileNode
    private let source: SourceTree
    /// Names the content for ever: what a `RUN` that sees it depends on.
    var key: String

    /// Finds `path` in a tree, links followed inside its root.
    ///
    /// - Parameter maker: hashes contents that have no names. Blocks.
    ///
    /// Throws ``DockerfileError`` at the mount when there is no such path.
    init(_ path: String, in source: SourceTree, at word: Word, _ maker: LayerMaker) throws {
        let tree = source.tree
        guard let node = try SourceFinder(tree: tree).follow(path) else {
            throw word.error(
                "there is no `\(path)` to mount",
                hint: "check its spelling, and that `.dockerignore` does not leave it out")
        }
        self.node = node
        self.source = source
        if case .stage(let stage) = source, node.path.isEmpty {
            key = stage.layers.map(\.diffID.description).joined(separator: " ")
            content = .layers(stage.layers, path: "")
            return
        }
        let entries = try Self.entries(at: node, in: source)
        let layer = ChunkedEntries(entries)
        key = try (LayerKeys(layer).full ?? maker.writer.diffID(of: layer)).description
        switch source {
        case .stage(let stage): content = .layers(stage.layers, path: node.path)
        case .context: content = .entries(entries, path: node.isDirectory ? "" : node.name)
        }
    }

    /// Lays all of it out as a directory of its own. Blocks.
    func layOut(as directory: String) throws {
        var writer = try DirectoryWriter(making: directory)
        try writer.layOut(Self.entries(at: node, in: source))
    }

    /// What is to be laid out at the root of an empty directory.
    private static func entries(at node: FileNode, in source: SourceTree) throws -> [LayerEntry] {
        var plan = LayerPlan(over: LayeredTree(), epoch: .max)
        var request = CopyRequest(sources: [], destination: "/")
        if case .stage = source { request.keepsMetadata = true }
        try plan.copy(.init(node: node, name: node.name), request, from: source.tree)
        return plan.entries
    }
}
