import Archive
import Glibc

extension DirectoryTree {
    package var isListedAhead: Bool { true }

    package func children(of directory: FileNode) throws -> [FileNode] {
        let path = fullPath(directory.path)
        guard let stream = DirectoryStream(path: path) else {
            throw DirectoryTreeError("list `\(path)`", errno)
        }
        var names: [String] = []
        let isWhole = try stream.visit { (name) throws(DirectoryTreeError) in
            guard let name = String(validatingCString: name) else {
                throw DirectoryTreeError("list `\(path)`", message: "it holds a name that is not UTF-8")
            }
            names.append(name)
        }
        guard isWhole else { throw DirectoryTreeError("list `\(path)`", errno) }
        names.sort { $0.precedes($1) }
        var children: [FileNode] = []
        children.reserveCapacity(names.count)
        let prefix = directory.path.isEmpty ? "" : directory.path + "/"
        for name in names {
            guard let node = try node(prefix + name, named: name, in: stream.descriptor) else { continue }
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

/// Text that is put together of numbers in lent memory: a context has many files, and each needs such a text.
struct DigitText {
    private let buffer: UnsafeMutableBufferPointer<UInt8>
    private var count = 0

    /// Room for a prefix and seven numbers.
    private static let capacity = 192

    private init(_ buffer: UnsafeMutableBufferPointer<UInt8>) { self.buffer = buffer }

    static func make(_ body: (inout DigitText) -> Void) -> String {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: capacity) { buffer in
            var text = DigitText(buffer)
            body(&text)
            return String(decoding: UnsafeBufferPointer(rebasing: buffer[..<text.count]), as: UTF8.self)
        }
    }

    mutating func append(_ prefix: String) { for byte in prefix.utf8 { append(byte) } }

    /// Adds a number, and a mark behind it.
    mutating func append(_ number: Int, _ mark: Unicode.Scalar) {
        if number < 0 { append(UInt8(ascii: "-")) }
        var unit: UInt = 1
        while number.magnitude / unit >= 10 { unit *= 10 }
        var rest = number.magnitude
        while unit > 0 {
            append(UInt8(ascii: "0") + UInt8(rest / unit))
            rest %= unit
            unit /= 10
        }
        append(UInt8(ascii: mark))
    }

    private mutating func append(_ byte: UInt8) {
        buffer[count] = byte
        count += 1
    }
}
