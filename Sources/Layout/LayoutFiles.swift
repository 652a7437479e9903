import Archive
import Blobs

/// The files of a layout, found by their path in it.
protocol LayoutFiles: Sendable {
    /// What is being done, as a verb phrase; errors begin with it.
    var operation: String { get }

    /// Returns `nil` where there is no such file.
    ///
    /// - Parameter path: made by this room or taken from an archive's own table; never a way out of a directory.
    func file(_ path: String) throws -> (any ByteSource)?
}

/// A layout in a directory.
struct DirectoryFiles: LayoutFiles {
    let directory: String
    let operation: String

    func file(_ path: String) throws -> (any ByteSource)? {
        try InputFile(opening: "\(directory)/\(path)", operation)
    }
}

/// A layout in a tar archive, whose members are found without reading what lies between.
struct ArchiveFiles: LayoutFiles {
    private enum Member {
        case content(start: Int64, size: Int64)
        /// The content has holes that the archive leaves out.
        case sparse
        /// Another member has the content.
        case link(to: String)
    }

    let operation: String
    private let archive: any ByteSource
    private var members: [String: Member] = [:]

    /// Reads the archive's table of contents.
    ///
    /// - Parameter archive: a tar archive that is not compressed.
    init(_ archive: any ByteSource, _ operation: String) throws {
        self.archive = archive
        self.operation = operation
        var offset: Int64 = 0
        let index = try Self.reading(operation) {
            try TarIndex(
                {
                    let piece = try archive.piece(
                        at: offset, count: Int(min(64 << 10, max(0, archive.size - offset))))
                    offset += Int64(piece.count)
                    return piece
                },
                skip: { count in
                    let skipped = min(count, archive.size - offset)
                    offset += skipped
                    return skipped
                })
        }
        // Where a name comes twice, the last one counts, as for all who unpack.
        for member in index.members { members[member.entry.path] = Self.member(member) }
    }

    private static func member(_ member: TarIndex.Member) -> Member? {
        switch member.entry.kind {
        case .file:
            guard let start = member.offset else { return .sparse }
            return .content(start: start, size: member.entry.size)
        case .hardLink: return .link(to: member.entry.linkTarget)
        case .symbolicLink:
            return target(of: member.entry.linkTarget, in: member.entry.path).map(Member.link)
        default: return nil
        }
    }

    /// The member that a symbolic link points at; `nil` for one that leads out of the archive.
    private static func target(of link: String, in path: String) -> String? {
        guard !link.hasPrefix("/") else { return nil }
        var parts = path.split(separator: "/").dropLast()
        for part in link.split(separator: "/") where part != "." {
            guard part == ".." else {
                parts.append(part)
                continue
            }
            guard parts.popLast() != nil else { return nil }
        }
        return parts.joined(separator: "/")
    }

    func file(_ path: String) throws -> (any ByteSource)? {
        var path = path
        // Links to links are few; more than these lead in a circle.
        for _ in 0..<8 {
            switch members[path] {
            case .content(let start, let size):
                guard start >= 0, start + size <= archive.size else {
                    throw LayoutError(.damaged, operation, "the archive ends within `\(path)`")
                }
                return Section(base: archive, start: start, size: size)
            case .sparse:
                throw LayoutError(
                    .unsupported, operation, "`\(path)` is stored as a sparse file",
                    hint: "pack the archive again without `--sparse`")
            case .link(let target): path = target
            case nil: return nil
            }
        }
        throw LayoutError(.damaged, operation, "the links from `\(path)` lead in a circle")
    }

    /// What libarchive finds wrong is the user's archive, and is told as such.
    fileprivate static func reading<Value>(_ operation: String, _ read: () throws -> Value) throws -> Value {
        do { return try read() } catch let error as ArchiveError {
            throw LayoutError(.damaged, operation, "the archive is damaged: \(error.message)")
        }
    }
}

extension ArchiveFiles {
    /// Opens an archive, of any common compression.
    ///
    /// - Parameter store: where a compressed archive is unpacked to, in a file that goes with the returned value.
    init(opening file: InputFile, _ operation: String, scratchIn store: BlobStore) throws {
        if TarFormat.isHeader(try file.piece(at: 0, count: TarFormat.blockSize)) {
            try self.init(file, operation)
        } else {
            let unpacked = try Self.reading(operation) { try Self.unpack(file, operation, in: store) }
            try self.init(unpacked, operation)
        }
    }

    private static func unpack(_ file: InputFile, _ operation: String, in store: BlobStore) throws
        -> ScratchBytes
    {
        let decompressor = try Decompressor(file.pieces())
        var piece: [UInt8] = []
        while piece.count < TarFormat.blockSize, case let more = try decompressor.next(), !more.isEmpty {
            piece += more
        }
        // Nothing is written before it is known to be worth it.
        guard TarFormat.isHeader(piece) else {
            throw LayoutError(
                .damaged, operation, "it is no tar archive",
                hint: "give a directory that holds an OCI layout, or an archive that `docker save` or an "
                    + "`--output type=oci` wrote")
        }
        let scratch = try store.scratchFile()
        var size: Int64 = 0
        while !piece.isEmpty {
            try scratch.append(piece)
            size += Int64(piece.count)
            piece = try decompressor.next()
        }
        return ScratchBytes(file: scratch, size: size)
    }
}
