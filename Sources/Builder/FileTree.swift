package import Archive

/// Files by path, to copy from: a build context, an image, or another stage.
///
/// Paths are relative to the root, without leading or trailing slashes and without `.` and `..`; the root is the empty
/// path. All calls block.
package protocol FileTree: Sendable {
    /// What stands at a path: a link itself, not what it points to. `nil` where nothing does.
    func node(at path: String) throws -> FileNode?

    /// What a directory holds, sorted by the bytes of the names.
    func children(of directory: FileNode) throws -> [FileNode]

    /// When what stands there, and all below it, last changed, in seconds since 1970-01-01 00:00:00 UTC: the time that
    /// its copies get. It depends on the content's history alone: content that did not change keeps its time, and a
    /// layer of it its bytes.
    func changeTime(of node: FileNode) throws -> Int64

    /// Whether listing directories takes long enough to be done on several threads.
    var isListedAhead: Bool { get }

    /// A file's content in pieces.
    func read(_ node: FileNode, _ body: (RawSpan) throws -> Void) throws
}

extension FileTree {
    package func changeTime(of node: FileNode) throws -> Int64 { node.entry.modified }
    package var isListedAhead: Bool { false }
}

/// One file, directory, link or device of a ``FileTree``.
package struct FileNode: Hashable, Sendable {
    /// Its path and what is known of it; a hard link is told as the file that it is.
    package var entry: TarEntry
    /// What names the content for ever, such as a Git object id: equal names mean equal content. `nil` where only
    /// reading tells.
    package var contentID: String?
    /// What the names of one file, made by hard links, have in common in their tree; `nil` where it has one name.
    var hardLinkID: String?
    /// Whether the directory was only told by what it holds.
    var isImplied = false
    /// Where the tree finds the content.
    var position: Position

    struct Position: Hashable, Sendable {
        var layer = 0
        /// The content's place in the layer's archive.
        var offset: Int64?
        /// The name of the content in its layer.
        var path = ""
    }

    /// Begins the names of contents that a disk gives them: another name may well mean the same content.
    static let diskPrefix = "disk:"

    package init(entry: TarEntry, contentID: String? = nil) {
        self.entry = entry
        self.contentID = contentID
        position = Position()
    }

    package var path: String { entry.path }
    /// The last component of the path.
    package var name: String { entry.path.lastComponent }
    package var isDirectory: Bool { entry.kind == .directory }

    /// The root of a tree that says nothing about it.
    static let root = FileNode(entry: TarEntry(path: "", kind: .directory, mode: 0o755))
}
