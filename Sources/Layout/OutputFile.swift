import Glibc

/// Where an archive is written to.
package enum ArchiveDestination: Hashable, Sendable {
    /// A file that appears when it is whole; one that is there is replaced then. A pipe or a device is
    /// written to.
    case file(String)
    /// An open file: standard output. It stays open.
    case descriptor(Int32)

    /// Writes the bytes that the body gives, in their order. Blocks.
    ///
    /// - Parameter operation: what is being done, for errors.
    ///
    /// Throws ``LayoutError`` where the system refuses, and what the body throws.
    package func write(
        _ operation: String, _ body: (@escaping ([UInt8]) throws -> Void) throws -> Void
    ) throws {
        let output = try OutputFile(self, operation)
        try body { try output.write($0) }
        try output.finish()
    }
}

/// A file being written beside its place, and in it only when it is whole.
///
/// One that goes without ``finish()`` takes its file with it. Used from one thread; blocks.
final class OutputFile {
    private let operation: String
    private let number: Int32
    private let isOwned: Bool
    private let place: String
    private var temporary: String?

    convenience init(_ destination: ArchiveDestination, _ operation: String) throws(LayoutError) {
        switch destination {
        case .descriptor(let number): self.init(number, operation)
        case .file(let path):
            if let place = try Self.replaceable(path, operation) {
                try self.init(replacing: place, operation)
            } else {
                let number = open(path, O_WRONLY | O_CLOEXEC)
                guard number >= 0 else { throw LayoutError(operation, "open `\(path)`", errno: errno) }
                self.init(number, operation, isOwned: true, place: path)
            }
        }
    }

    private init(
        _ number: Int32, _ operation: String, isOwned: Bool = false, place: String = "standard output"
    ) {
        self.operation = operation
        self.number = number
        self.isOwned = isOwned
        self.place = place
    }

    /// Whatever has the name is replaced: a link itself, not what it points at.
    init(replacing path: String, _ operation: String) throws(LayoutError) {
        let slash = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        let name = String(UInt64.random(in: 0...UInt64.max), radix: 36)
        let beside = "\(path[..<slash]).slipway-\(name)"
        number = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        let code = errno
        self.operation = operation
        isOwned = true
        place = path
        guard number >= 0 else {
            throw LayoutError(
                operation, "open `\(path)`", errno: code,
                hint: code == ENOENT ? "make the folder that it is to lie in first" : nil)
        }
        temporary = beside
    }

    deinit {
        if isOwned, number >= 0 { close(number) }
        if let temporary { unlink(temporary) }
    }

    /// Where a file can be put instead of what is there; `nil` for a pipe or a device, which is written to.
    private static func replaceable(_ path: String, _ operation: String) throws(LayoutError) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else { return path }
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            // The user's link stays, and what it points at is replaced.
            guard let resolved = realpath(path, nil) else { return path }
            defer { free(resolved) }
            return String(cString: resolved)
        case S_IFDIR:
            throw LayoutError(
                .unsupported, operation, "`\(path)` is a directory",
                hint: "name a file to write the archive to")
        default: return nil
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(number, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw LayoutError(operation, "write `\(place)`", errno: errno) }
            rest = rest.dropFirst(count)
        }
    }

    func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }

    /// Puts the file in its place.
    func finish() throws {
        guard let temporary else { return }
        guard rename(temporary, place) == 0 else {
            throw LayoutError(operation, "rename the finished file to `\(place)`", errno: errno)
        }
        self.temporary = nil
    }
}
