import Archive
import Glibc

/// A directory of this machine as a tree; owners are told as 0:0, as `docker build` sends them.
package struct DirectoryTree: FileTree {
    let directory: String
    /// What changed after this may change again without another time: in seconds since 1970-01-01 00:00:00 UTC.
    private let settledTime: Int
    private static let pieceSize = 256 << 10

    package init(directory: String) { self.init(directory: directory, settledTime: time(nil) - 2) }

    init(directory: String, settledTime: Int) {
        self.directory = directory
        self.settledTime = settledTime
    }

    func fullPath(_ path: String) -> String { path.isEmpty ? directory : "\(directory)/\(path)" }

    package func node(at path: String) throws -> FileNode? {
        var status = stat()
        guard lstat(fullPath(path), &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw DirectoryTreeError("look at `\(fullPath(path))`", errno)
        }
        return try node(path, status, fullPath(path))
    }

    /// - Parameter name: where the link itself is found: a name in the open directory, or a whole path.
    func node(_ path: String, _ status: stat, in directory: Int32 = AT_FDCWD, _ name: UnsafePointer<CChar>)
        throws -> FileNode?
    {
        guard let kind = Self.kind(of: status) else { return nil }
        var entry = TarEntry(path: path, kind: kind, mode: UInt16(status.st_mode & 0o7777))
        entry.modified = Int64(status.st_mtim.tv_sec)
        if kind == .symbolicLink {
            guard let target = Self.linkTarget(name, in: directory) else {
                throw DirectoryTreeError("read the link `\(fullPath(path))`", errno)
            }
            entry.linkTarget = target
        }
        guard kind == .file else { return FileNode(entry: entry) }
        entry.size = Int64(status.st_size)
        var node = FileNode(entry: entry, contentID: contentID(status))
        if status.st_nlink > 1 { node.hardLinkID = "\(status.st_dev):\(status.st_ino)" }
        return node
    }

    /// As long as the kernel notes no change of a file its bytes are the same. A file that was changed just now has no
    /// name: the next change may fall into the same tick of the clock.
    private func contentID(_ status: stat) -> String? {
        guard status.st_ctim.tv_sec < settledTime, status.st_mtim.tv_sec < settledTime else { return nil }
        return DigitText.make { text in
            text.append(FileNode.diskPrefix)
            text.append(Int(truncatingIfNeeded: status.st_dev), ":")
            text.append(Int(truncatingIfNeeded: status.st_ino), ":")
            text.append(Int(status.st_size), ":")
            text.append(status.st_mtim.tv_sec, ".")
            text.append(status.st_mtim.tv_nsec, ":")
            text.append(status.st_ctim.tv_sec, ".")
            text.append(status.st_ctim.tv_nsec, ";")
        }
    }

    static func kind(of status: stat) -> TarEntry.Kind? {
        let (major, minor) = device(status.st_rdev)
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .directory
        case S_IFLNK: return .symbolicLink
        case S_IFCHR: return .characterDevice(major: major, minor: minor)
        case S_IFBLK: return .blockDevice(major: major, minor: minor)
        case S_IFIFO: return .fifo
        // Sockets cannot be archived, by anybody.
        default: return nil
        }
    }

    /// The kernel's two numbers in one, as glibc's `makedev` puts them together.
    private static func device(_ number: dev_t) -> (major: Int, minor: Int) {
        let number = UInt64(number)
        return (
            Int(((number >> 8) & 0xFFF) | ((number >> 32) & 0xFFFF_F000)),
            Int((number & 0xFF) | ((number >> 12) & 0xFFFF_FF00))
        )
    }

    /// Where a link points; `nil` where it cannot be read.
    static func linkTarget(_ path: UnsafePointer<CChar>, in directory: Int32 = AT_FDCWD) -> String? {
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, initialized in
            guard let start = buffer.baseAddress else { return }
            count = start.withMemoryRebound(to: CChar.self, capacity: buffer.count) {
                readlinkat(directory, path, $0, buffer.count)
            }
            initialized = max(0, count)
        }
        return count < 0 ? nil : String(decoding: bytes, as: UTF8.self)
    }

    package func read(_ node: FileNode, _ body: (RawSpan) throws -> Void) throws {
        try Self.read(fullPath(node.path), size: node.entry.size, modified: node.entry.modified, body)
    }

    /// Reads a file that was looked at before.
    ///
    /// - Parameter modified: its time of change, where that says whether it was changed since.
    ///
    /// Throws ``DirectoryTreeError`` when it cannot be read, or is not what it was.
    static func read(
        _ path: String, size: Int64, modified: Int64? = nil, _ body: (RawSpan) throws -> Void
    ) throws {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { throw DirectoryTreeError("open `\(path)`", errno) }
        defer { close(file) }
        let capacity = min(pieceSize, max(1, Int(clamping: size)))
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
        defer { buffer.deallocate() }
        var rest = size
        while rest > 0 {
            let count = Glibc.read(file, buffer.baseAddress, min(capacity, Int(clamping: rest)))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw DirectoryTreeError("read `\(path)`", errno) }
            guard count > 0 else { throw DirectoryTreeError.changed(path) }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]).bytes)
            rest -= Int64(count)
        }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw DirectoryTreeError("look at `\(path)`", errno) }
        let isSame =
            Int64(status.st_size) == size && (modified.map { Int64(status.st_mtim.tv_sec) == $0 } ?? true)
        guard isSame else { throw DirectoryTreeError.changed(path) }
    }
}

/// What the operating system reported of a build context on disk.
package struct DirectoryTreeError: Error, Hashable, CustomStringConvertible {
    package let operation: String
    package let message: String

    init(_ operation: String, _ code: Int32) {
        self.init(operation, message: String(cString: strerror(code)))
    }

    init(_ operation: String, message: String) {
        self.operation = operation
        self.message = message
    }

    static func changed(_ path: String) -> DirectoryTreeError {
        DirectoryTreeError("read `\(path)`", message: "it changed while it was read; build again")
    }

    package var description: String { "could not \(operation): \(message)" }
}
