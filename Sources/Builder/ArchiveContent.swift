import Archive
import Blobs

/// The contents of an uncompressed tar archive that can be read at any offset.
struct ArchiveContent: LayerContent {
    private let bytes: any RandomAccess
    private static let pieceSize = 256 << 10

    init(_ bytes: any RandomAccess) { self.bytes = bytes }

    /// Reads an archive in any compression; where it is compressed, into a scratch file.
    ///
    /// - Parameter limit: how large it may become, in bytes.
    init(
        decompressing reader: any RandomAccess, into store: BlobStore, limit: Int64 = Decompressor.usualLimit
    ) throws {
        let magic = try reader.bytes(at: 257, count: 5)
        if magic == Array("ustar".utf8) {
            bytes = reader
            return
        }
        let scratch = try store.scratchFile()
        let decompressor = try Decompressor(limit: limit, source(reader))
        while case let piece = try decompressor.next(), !piece.isEmpty { try scratch.append(piece) }
        bytes = scratch
    }

    /// Archives are uploaded anew for each build: only reading tells what is in them.
    func identity(of member: TarIndex.Member) -> String? { nil }

    /// The archive's table of contents.
    ///
    /// Throws ``ArchiveError`` when it is no archive, is damaged or ends early.
    func index() throws -> TarIndex {
        let cursor = Cursor(bytes)
        let index = try TarIndex({ try cursor.next() }, skip: { cursor.skip($0) })
        // Contents were passed over unseen: where the last one is there, all are.
        if let last = index.members.last(where: { $0.entry.size > 0 }), let offset = last.offset,
            try bytes.bytes(at: offset + last.entry.size - 1, count: 1).isEmpty
        {
            throw ArchiveError("read an archive", message: "it ends in the middle of `\(last.entry.path)`")
        }
        return index
    }

    func read(_ node: FileNode, _ body: (RawSpan) throws -> Void) throws {
        guard let offset = node.position.offset else { return try readSparse(node, body) }
        var rest = node.entry.size
        var position = offset
        while rest > 0 {
            let piece = try bytes.bytes(at: position, count: Int(min(Int64(Self.pieceSize), rest)))
            guard !piece.isEmpty else {
                throw ArchiveError("read `\(node.path)`", message: "its archive ends early")
            }
            try body(piece.span.bytes)
            position += Int64(piece.count)
            rest -= Int64(piece.count)
        }
    }

    /// Content with holes has no one place: the archive is read up to it.
    private func readSparse(_ node: FileNode, _ body: (RawSpan) throws -> Void) throws {
        let cursor = Cursor(bytes)
        let reader = try TarReader({ try cursor.next() }, skip: { cursor.skip($0) })
        while let entry = try reader.next() {
            guard entry.path == node.position.path, entry.kind == .file else { continue }
            while case let piece = try reader.content(), !piece.isEmpty { try body(piece.span.bytes) }
            return
        }
        throw ArchiveError("read `\(node.path)`", message: "its archive does not hold it any more")
    }
}

/// Reads bytes from the start to the end, with gaps.
private final class Cursor {
    private let bytes: any RandomAccess
    private var position: Int64 = 0
    // Headers are small and come one after the other in small files' archives.
    private static let pieceSize = 64 << 10

    init(_ bytes: any RandomAccess) { self.bytes = bytes }

    func next() throws -> [UInt8] {
        let piece = try bytes.bytes(at: position, count: Self.pieceSize)
        position += Int64(piece.count)
        return piece
    }

    func skip(_ count: Int64) -> Int64 {
        position += count
        return count
    }
}

/// The bytes from the start, in pieces.
func source(_ bytes: any RandomAccess) -> () throws -> [UInt8] {
    var position: Int64 = 0
    return {
        let piece = try bytes.bytes(at: position, count: 256 << 10)
        position += Int64(piece.count)
        return piece
    }
}
