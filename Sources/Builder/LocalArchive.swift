import Archive
import Blobs

/// A file of a build context that is a tar archive, perhaps compressed: `ADD` unpacks it.
struct LocalArchive {
    private let content: ArchiveContent
    private let name: String

    /// Looks into a file, and returns `nil` when it does not begin as an archive does.
    ///
    /// As with BuildKit, what begins as one and is damaged behind its first header is an error, which ``tree()`` throws.
    ///
    /// - Parameter limit: how large it may become, in bytes.
    init?(_ node: FileNode, in tree: any FileTree, store: BlobStore, limit: Int64) throws {
        let start = try Self.start(of: node, in: tree)
        let isCompressed = ContextArchive.isCompressed(start)
        guard isCompressed || TarFormat.isHeader(start) else { return nil }
        let file = try store.scratchFile()
        try tree.read(node) { piece in try piece.withUnsafeBytes { try file.append(Array($0)) } }
        if isCompressed, try !Self.holdsArchive(file) { return nil }
        name = node.path
        do { content = try ArchiveContent(decompressing: file, into: store, limit: limit) } catch let error
            as ArchiveError
        {
            throw Self.failure(name, error)
        }
    }

    /// What the archive holds.
    func tree() throws -> LayeredTree {
        do {
            var tree = LayeredTree()
            tree.unpack(try content.index(), content: content)
            return tree
        } catch let error as ArchiveError { throw Self.failure(name, error) }
    }

    private static func failure(_ name: String, _ error: ArchiveError) -> BuildError {
        BuildError("the archive `\(name)` cannot be unpacked: \(error.message)")
    }

    /// Ends a reading that has seen enough.
    private struct Enough: Error {}

    /// The file's first block, or all of a smaller one.
    private static func start(of node: FileNode, in tree: any FileTree) throws -> [UInt8] {
        var start: [UInt8] = []
        do {
            try tree.read(node) { piece in
                piece.withUnsafeBytes { start += $0.prefix(TarFormat.blockSize - start.count) }
                if start.count == TarFormat.blockSize { throw Enough() }
            }
        } catch is Enough { return start }
        return start
    }

    /// Whether a compressed file holds an archive; what cannot be decompressed at all is a file like any other.
    private static func holdsArchive(_ file: ScratchFile) throws -> Bool {
        var start: [UInt8] = []
        do {
            let decompressor = try Decompressor(source(file))
            while start.count < TarFormat.blockSize, case let piece = try decompressor.next(), !piece.isEmpty
            {
                start += piece
            }
        } catch is ArchiveError { return false }
        return TarFormat.isHeader(start)
    }
}
