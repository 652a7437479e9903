import Archive
import Blobs
import OCI

/// A file that came from elsewhere, as a tree of one file.
package struct RemoteFileTree: FileTree {
    private let file: RemoteFile
    /// The one file.
    package let node: FileNode
    private static let pieceSize = 256 << 10

    /// - Parameter mode: what the file has where nobody says otherwise.
    package init(_ file: RemoteFile, name: String, mode: UInt16) {
        self.file = file
        let entry = TarEntry(
            path: name, kind: .file, mode: mode, size: file.size, modified: max(0, file.modified ?? 0))
        node = FileNode(entry: entry, contentID: file.digest.description)
    }

    package func node(at path: String) -> FileNode? {
        if path.isEmpty { return .root }
        return path == node.path ? node : nil
    }

    package func children(of directory: FileNode) -> [FileNode] { directory.path.isEmpty ? [node] : [] }

    package func read(_ node: FileNode, _ body: (RawSpan) throws -> Void) throws {
        var position: Int64 = 0
        while position < file.size {
            let count = Int(min(Int64(Self.pieceSize), file.size - position))
            let piece = try file.content.bytes(at: position, count: count)
            guard !piece.isEmpty else {
                throw BuildError("the file that came for `\(node.path)` ends early", hint: "build again")
            }
            try body(piece.span.bytes)
            position += Int64(piece.count)
        }
    }
}
