import Blobs
import Glibc

/// Bytes of a known number that can be read at any offset, by many at the same time.
protocol ByteSource: Sendable {
    var size: Int64 { get }

    /// Reads until the buffer is full or the bytes end; returns the number of bytes. Blocks.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws -> Int
}

/// Gives the next bytes at each call, and none at the end.
typealias Pieces = () throws -> [UInt8]

extension ByteSource {
    /// At most `count` bytes, as an array.
    func piece(at offset: Int64, count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
        }
    }

    /// All bytes in order, in pieces of at most 1 MiB.
    func pieces() -> Pieces {
        var offset: Int64 = 0
        return {
            let piece = try self.piece(at: offset, count: Int(min(1 << 20, self.size - offset)))
            offset += Int64(piece.count)
            return piece
        }
    }
}

extension BlobReader: ByteSource {}

/// Part of other bytes: an archive's member.
struct Section: ByteSource {
    let base: any ByteSource
    let start: Int64
    let size: Int64

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws -> Int {
        let count = min(Int64(buffer.count), size - offset)
        guard count > 0 else { return 0 }
        return try base.read(
            into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(count)]), at: start + offset)
    }
}

/// A scratch file that is written, and its length.
struct ScratchBytes: ByteSource {
    let file: ScratchFile
    let size: Int64

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws -> Int {
        try file.read(into: buffer, at: offset)
    }
}

/// A file of the user's, open for reading; closed when it goes.
final class InputFile: ByteSource {
    let size: Int64
    private let number: Int32
    private let path: String
    private let operation: String

    /// Returns `nil` where there is no such file.
    ///
    /// Throws ``LayoutError`` where it cannot be opened, or is no regular file.
    init?(opening path: String, _ operation: String) throws(LayoutError) {
        // A pipe that nobody writes to would hold the call up; what is no file is refused below.
        let number = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard number >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw LayoutError(operation, "open `\(path)`", errno: errno)
        }
        var status = stat()
        guard fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(number)
            throw LayoutError(.damaged, operation, "`\(path)` is no file")
        }
        self.number = number
        self.path = path
        self.operation = operation
        size = Int64(status.st_size)
    }

    deinit { close(number) }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws -> Int {
        var total = 0
        while total < buffer.count {
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[total...])
            let count = pread(number, part.baseAddress, part.count, off_t(offset) + off_t(total))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw LayoutError(operation, "read `\(path)`", errno: errno) }
            if count == 0 { break }
            total += count
        }
        return total
    }
}
