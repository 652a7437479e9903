import Blobs
import Archive
import Dockerfile

/// What a build context leaves out of itself.
package enum ContextIgnore {
    /// The context without what its own `.dockerignore` leaves out.
    ///
    /// Throws ``DockerfileError`` when that is malformed.
    package static func apply(to context: any FileTree) async throws -> any FileTree {
        try await blocking { _ in try applied(to: context) }
    }

    /// Likewise. Blocks.
    static func applied(to context: any FileTree) throws -> any FileTree {
        try file(of: context).map { try FilteredTree(context, $0) } ?? context
    }

    /// Its `.dockerignore`, where it has one. Blocks.
    static func file(of context: any FileTree) throws -> IgnoreFile? {
        try ContextFile.bytes(".dockerignore", in: context).map { try IgnoreFile(parsing: $0) }
    }
}

/// Small files of a context that say how to build.
enum ContextFile {
    private static let maximumSize = 4 << 20

    /// The file's bytes; `nil` where there is none. Throws ``BuildError`` for one that is too large.
    static func bytes(_ path: String, in tree: any FileTree) throws -> [UInt8]? {
        guard let node = try SourceFinder(tree: tree).follow(path), node.entry.kind == .file else {
            return nil
        }
        guard node.entry.size <= maximumSize else {
            throw BuildError("`\(path)` has \(node.entry.size) bytes, more than \(maximumSize)")
        }
        var bytes: [UInt8] = []
        try tree.read(node) { piece in piece.withUnsafeBytes { bytes.append(contentsOf: $0) } }
        return bytes
    }
}
