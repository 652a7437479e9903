import Archive
import Glibc

/// Packs a directory into a tar archive, a piece at a time.
///
/// The same files give the same bytes wherever they are packed: names are sorted by their bytes, everything belongs to
/// user and group 0, and times are 0. Permissions and symbolic links are kept. In memory are one piece and the names
/// of the directories that are open.
struct ContextPacker {
    private struct Level {
        /// Relative to the root; empty for the root itself.
        var path: String
        /// The names yet to come, the last one first.
        var names: [String]
        /// The directory's own entry, as long as it is not known whether anything in it belongs.
        var unsent: TarEntry?
    }

    private static let pieceSize = 256 << 10

    private let root: String
    private let filter: ContextFilter
    private var levels: [Level]
    private var content: FileContent?
    private var isEnded = false
    /// Says of a file why it was left out.
    private let leaveOut: @Sendable (String) -> Void

    /// Throws ``CommandError`` when the directory cannot be read.
    init(
        root: String, filter: ContextFilter, leaveOut: @escaping @Sendable (String) -> Void
    ) throws(CommandError) {
        self.root = root
        self.filter = filter
        self.leaveOut = leaveOut
        levels = [Level(path: "", names: try Self.names(in: root))]
    }

    /// The next piece of the archive; `nil` behind its end.
    ///
    /// Throws ``CommandError`` when something cannot be read, or changes while it is.
    mutating func next() throws(CommandError) -> [UInt8]? {
        var piece: [UInt8] = []
        piece.reserveCapacity(Self.pieceSize + 8 * TarFormat.blockSize)
        while piece.count < Self.pieceSize, !isEnded {
            if let content {
                if try content.appendNext(to: &piece, upTo: Self.pieceSize - piece.count) {
                    self.content = nil
                }
            } else if let path = nextPath() {
                try append(path, to: &piece)
            } else {
                piece += TarFormat.end
                isEnded = true
            }
        }
        return piece.isEmpty ? nil : piece
    }

    private mutating func nextPath() -> String? {
        while let level = levels.indices.last {
            if let name = levels[level].names.popLast() {
                let directory = levels[level].path
                return directory.isEmpty ? name : "\(directory)/\(name)"
            }
            levels.removeLast()
        }
        return nil
    }

    private mutating func append(_ path: String, to piece: inout [UInt8]) throws(CommandError) {
        let isExcluded = filter.excludes(path)
        var status = stat()
        guard lstat("\(root)/\(path)", &status) == 0 else { throw .system("read `\(path)`") }
        var entry = TarEntry(path: path, kind: .file, mode: UInt16(status.st_mode & 0o7777))
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            if isExcluded, !filter.mayIncludeBelow(path) { return }
            entry.kind = .directory
            levels.append(Level(path: path, names: try Self.names(in: "\(root)/\(path)"), unsent: entry))
            if !isExcluded { appendUnsent(to: &piece) }
        case _ where isExcluded: return
        case S_IFREG:
            entry.size = Int64(status.st_size)
            let content = try FileContent(
                InputFile(path: "\(root)/\(path)", flags: O_NOFOLLOW), size: entry.size)
            append(entry, to: &piece)
            self.content = entry.size > 0 ? content : nil
        case S_IFLNK:
            entry.kind = .symbolicLink
            entry.linkTarget = try Self.target(of: "\(root)/\(path)")
            append(entry, to: &piece)
        default: leaveOut("left out `\(path)`: it is no file, directory or symbolic link")
        }
    }

    private mutating func append(_ entry: TarEntry, to piece: inout [UInt8]) {
        appendUnsent(to: &piece)
        TarFormat.appendHeader(of: entry, to: &piece)
    }

    /// Adds the directories above what comes next.
    private mutating func appendUnsent(to piece: inout [UInt8]) {
        for index in levels.indices {
            guard let entry = levels[index].unsent else { continue }
            TarFormat.appendHeader(of: entry, to: &piece)
            levels[index].unsent = nil
        }
    }

    /// The names in a directory, sorted backwards by their bytes.
    private static func names(in directory: String) throws(CommandError) -> [String] {
        guard let stream = opendir(directory) else { throw .system("read the directory `\(directory)`") }
        defer { closedir(stream) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let name else {
                throw CommandError("a name in `\(directory)` is no UTF-8 text", status: .refused)
            }
            if name != ".", name != ".." { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw .system("read the directory `\(directory)`") }
        return names.sorted { $1.utf8.lexicographicallyPrecedes($0.utf8) }
    }

    private static func target(of path: String) throws(CommandError) -> String {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                text.baseAddress.map { readlink(path, $0, text.count) } ?? -1
            }
        }
        guard count >= 0 else { throw .system("read the link `\(path)`") }
        guard let target = String(validating: buffer[..<count], as: UTF8.self) else {
            throw CommandError("the link `\(path)` points to what is no UTF-8 text", status: .refused)
        }
        return target
    }
}

/// The bytes of a file behind its header, with the zeros that fill its last block.
private final class FileContent {
    private let file: InputFile
    private let size: Int64
    private var rest: Int64

    init(_ file: InputFile, size: Int64) {
        self.file = file
        self.size = size
        rest = size
    }

    /// Returns whether that was all.
    func appendNext(to piece: inout [UInt8], upTo limit: Int) throws(CommandError) -> Bool {
        // What a file gained since its header was written belongs to the next build.
        let bytes = try file.read(upTo: Int(min(Int64(limit), rest)))
        guard !bytes.isEmpty else {
            throw CommandError(
                "the file `\(file.path)` became shorter while it was read", hint: "build again",
                status: .failed)
        }
        piece += bytes
        rest -= Int64(bytes.count)
        guard rest == 0 else { return false }
        piece += repeatElement(0, count: TarFormat.padding(after: size))
        return true
    }
}
