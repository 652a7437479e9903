import Archive
import Glibc

/// The files of an upper directory, for a layer's writer.
///
/// It tells what is there as it is; what overlayfs means by it is ``UpperDirectory``'s matter.
struct UpperTree: FileTree {
    let path: String
    private static let pieceSize = 256 << 10

    /// Opens a file for reading, through no link. The caller closes it.
    func open(_ file: String) throws(BuildError) -> Int32 {
        var place = try DirectoryCursor(path)
        try place.move(to: file.parentPath)
        let number = openat(place.number, file.lastComponent, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard number >= 0 else { throw place.failure("open", file.lastComponent, errno) }
        return number
    }

    func node(at path: String) throws -> FileNode? {
        if path.isEmpty { return .root }
        return try nodes(in: path.parentPath) { PathKey($0) == PathKey(path.lastComponent) }.first
    }

    func children(of directory: FileNode) throws -> [FileNode] {
        try nodes(in: directory.path) { _ in true }.sorted { $0.path.precedes($1.path) }
    }

    private func nodes(in directory: String, where isAskedFor: (String) -> Bool) throws -> [FileNode] {
        var place = try DirectoryCursor(path)
        try place.move(to: directory)
        return try place.names().compactMap(\.text).filter(isAskedFor).compactMap { name in
            try UpperWalk.look(at: name, in: directory, place).entry.map { FileNode(entry: $0) }
        }
    }

    /// Throws ``BuildError`` when the file is not as long as it was.
    func read(_ node: FileNode, _ body: (RawSpan) throws -> Void) throws {
        let file = try open(node.path)
        defer { close(file) }
        let capacity = min(Self.pieceSize, max(1, Int(clamping: node.entry.size)))
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
        defer { buffer.deallocate() }
        var total: Int64 = 0
        while true {
            let count = Glibc.read(file, buffer.baseAddress, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw BuildError.failed(to: "read `/\(node.path)`", errno) }
            total += Int64(count)
            guard count > 0, total <= node.entry.size else { break }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]).bytes)
        }
        guard total == node.entry.size else {
            throw BuildError(
                "`/\(node.path)` was to have \(node.entry.size) bytes, and has \(total < node.entry.size ? "less" : "more")",
                hint: "something changes the files of a container that has ended")
        }
    }
}

/// Compares a file with pieces that are those of another one.
struct FileComparison: ~Copyable {
    private let file: Int32
    private var position: off_t = 0
    /// Whether all pieces so far were equal.
    private(set) var isEqual = true

    /// Takes an open file over.
    init(_ file: Int32) { self.file = file }

    deinit { close(file) }

    mutating func add(_ piece: RawSpan) {
        guard isEqual else { return }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, piece.byteCount), alignment: 16)
        defer { buffer.deallocate() }
        var total = 0
        while total < piece.byteCount {
            let count = pread(
                file, buffer.baseAddress?.advanced(by: total), piece.byteCount - total,
                position + off_t(total))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            total += count
        }
        position += off_t(total)
        guard total == piece.byteCount, let start = buffer.baseAddress else {
            isEqual = false
            return
        }
        isEqual = piece.withUnsafeBytes { bytes in
            bytes.baseAddress.map { memcmp($0, start, total) == 0 } ?? true
        }
    }
}
