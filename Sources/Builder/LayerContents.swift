import Archive
import Blobs
package import OCI
import Synchronization

/// The contents of a layer in the blob store; it is decompressed into a scratch file when the first is asked for.
final class StoredLayerContent: LayerContent {
    private let layer: Layer
    private let store: BlobStore
    /// Small files that the table of contents keeps.
    private let kept: [String: [UInt8]]
    private let archive = Mutex<ArchiveContent?>(nil)

    init(layer: Layer, index: TarIndex, store: BlobStore) {
        self.layer = layer
        self.store = store
        var kept: [String: [UInt8]] = [:]
        for member in index.members { if let content = member.content { kept[member.entry.path] = content } }
        self.kept = kept
    }

    func identity(of entry: TarEntry) -> String? { "\(layer.diffID)/\(entry.path)" }

    func read(_ node: FileNode, _ body: (RawSpan) throws -> Void) throws {
        if let bytes = kept[node.position.path] { return try body(bytes.span.bytes) }
        try opened().read(node, body)
    }

    private func opened() throws -> ArchiveContent {
        try archive.withLock { archive in
            if let archive { return archive }
            let reader = try store.reader(of: layer.descriptor.digest)
            let content = try ArchiveContent(decompressing: reader, into: store)
            archive = content
            return content
        }
    }
}

/// The contents of an uncompressed tar archive that can be read at any offset.
struct ArchiveContent: LayerContent {
    private let bytes: any RandomAccess
    private static let pieceSize = 256 << 10

    init(_ bytes: any RandomAccess) { self.bytes = bytes }

    /// Reads an archive in any compression; where it is compressed, into a scratch file.
    init(decompressing reader: any RandomAccess, into store: BlobStore) throws {
        let magic = try reader.bytes(at: 257, count: 5)
        if magic == Array("ustar".utf8) {
            bytes = reader
            return
        }
        let scratch = try store.scratchFile()
        let decompressor = try Decompressor(source(reader))
        while case let piece = try decompressor.next(), !piece.isEmpty { try scratch.append(piece) }
        bytes = scratch
    }

    /// What a file holds where it is a tar archive, perhaps compressed; `nil` for any other file.
    static func archive(in file: any RandomAccess, store: BlobStore) throws -> LayeredTree? {
        let content: ArchiveContent
        let index: TarIndex
        do {
            content = try ArchiveContent(decompressing: file, into: store)
            index = try content.index()
        } catch is ArchiveError {
            // Not an archive, or a damaged one: then it is a file like any other.
            return nil
        }
        guard !index.members.isEmpty else { return nil }
        var tree = LayeredTree()
        tree.apply(index, content: content)
        return tree
    }

    func identity(of entry: TarEntry) -> String? { nil }

    /// The archive's table of contents.
    func index() throws -> TarIndex {
        let cursor = Cursor(bytes)
        return try TarIndex({ try cursor.next() }, skip: { cursor.skip($0) })
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

/// A layer of an image: what is stored, and the digest of the archive in it.
package struct Layer: Hashable, Sendable {
    package var descriptor: Descriptor
    package var diffID: Digest

    package init(descriptor: Descriptor, diffID: Digest) {
        self.descriptor = descriptor
        self.diffID = diffID
    }
}
