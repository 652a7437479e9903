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

    /// A file's content in pieces.
    func read(_ node: FileNode, _ body: (RawSpan) throws -> Void) throws
}

/// One file, directory, link or device of a ``FileTree``.
package struct FileNode: Hashable, Sendable {
    /// Its path and what is known of it; a hard link is told as the file that it is.
    package var entry: TarEntry
    /// What names the content for ever, such as a Git object id: equal names mean equal content. `nil` where only
    /// reading tells.
    package var contentID: String?
    /// Where the tree finds the content.
    var position: Position

    struct Position: Hashable, Sendable {
        var layer = 0
        /// The content's place in the layer's archive.
        var offset: Int64?
        /// The name of the content in its layer.
        var path = ""
    }

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

extension String {
    /// The text behind the last slash.
    var lastComponent: String {
        guard let slash = utf8.lastIndex(of: UInt8(ascii: "/")) else { return self }
        return String(self[utf8.index(after: slash)...])
    }

    /// The text before the last slash; empty where there is none.
    var parentPath: String {
        guard let slash = utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
        return String(self[..<slash])
    }

    /// This path and a name below it.
    func appending(component: String) -> String { isEmpty ? component : self + "/" + component }

    /// Whether this path sorts before another, as UTF-8 bytes: in which parents come before what they hold.
    func precedes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}
