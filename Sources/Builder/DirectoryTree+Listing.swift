import Archive
import Glibc

extension DirectoryTree {
    package func children(of directory: FileNode) throws -> [FileNode] {
        let path = fullPath(directory.path)
        guard let stream = opendir(path) else { throw DirectoryTreeError("list `\(path)`", errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(validatingCString: $0) }
            }
            guard let name else {
                throw DirectoryTreeError("list `\(path)`", message: "it holds a name that is not UTF-8")
            }
            if name != ".", name != ".." { names.append(name) }
        }
        names.sort { $0.precedes($1) }
        var children: [FileNode] = []
        children.reserveCapacity(names.count)
        let prefix = directory.path.isEmpty ? "" : directory.path + "/"
        for name in names {
            guard let node = try node(prefix + name, named: name, in: dirfd(stream)) else { continue }
            children.append(node)
        }
        return children
    }

    /// What a name in an open directory means: the kernel need not find its way from the root for each.
    private func node(_ path: String, named name: String, in directory: Int32) throws -> FileNode? {
        var status = stat()
        return try name.withCString { name in
            guard fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
                if errno == ENOENT { return nil }
                throw DirectoryTreeError("look at `\(fullPath(path))`", errno)
            }
            return try node(path, status, in: directory, name)
        }
    }
}

/// A short text of numbers, put together without a string for each: a context may have many files.
struct DigitText {
    private var bytes: [UInt8] = []

    init(_ prefix: String) {
        bytes.reserveCapacity(128)
        bytes += prefix.utf8
    }

    mutating func append(_ number: Int, _ mark: Unicode.Scalar) {
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = number.magnitude
        let start = bytes.count
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
        bytes.append(UInt8(ascii: mark))
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }
}
