import Dispatch
import Glibc
import NIOCore

/// Bytes that are read or made piece by piece while they are sent, off the cooperative pool.
struct UploadStream: AsyncSequence, Sendable {
    let source: UploadSource

    func makeAsyncIterator() -> Iterator { Iterator(source: source) }

    struct Iterator: AsyncIteratorProtocol {
        let source: UploadSource

        mutating func next() async throws -> ByteBuffer? { try await source.next() }
    }
}

/// Owns what makes the pieces, and lets it block on a queue of its own.
actor UploadSource {
    /// The next piece, which is not empty, or `nil` at the end.
    typealias Pieces = () throws -> [UInt8]?

    private nonisolated let executor = QueueExecutor(label: "slipway.upload")
    private let pieces: Pieces

    init(_ pieces: sending @escaping Pieces) { self.pieces = pieces }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func next() throws -> ByteBuffer? { try pieces().map { ByteBuffer(bytes: $0) } }
}

private final class QueueExecutor: SerialExecutor {
    private let queue: DispatchQueue

    init(label: String) { queue = DispatchQueue(label: label) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}

/// An open file, closed with the last one who holds it.
final class InputFile {
    let descriptor: Int32
    let path: String

    /// Takes over an open file.
    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    /// Opens a file for reading.
    ///
    /// Throws ``CommandError`` when that fails.
    init(path: String, flags: Int32 = 0) throws(CommandError) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC | flags)
        self.path = path
        guard descriptor >= 0 else { throw .system("open `\(path)`") }
    }

    /// Standard input, as a file of its own.
    static var standardInput: InputFile {
        InputFile(descriptor: fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0), path: "standard input")
    }

    deinit { close(descriptor) }

    /// The number of bytes, where that is known before they are read: not of a pipe, nor of a device or a file that the
    /// kernel makes up.
    var size: Int64? {
        let place = lseek(descriptor, 0, SEEK_CUR)
        guard place >= 0 else { return nil }
        let end = lseek(descriptor, 0, SEEK_END)
        guard lseek(descriptor, place, SEEK_SET) == place, end > place else { return nil }
        return Int64(end - place)
    }

    /// At most `limit` bytes; none at the end.
    func read(upTo limit: Int) throws(CommandError) -> [UInt8] {
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, initialized in
            repeat {
                count = Glibc.read(descriptor, buffer.baseAddress, limit)
            } while count < 0 && errno == EINTR
            initialized = max(0, count)
        }
        guard count >= 0 else { throw .system("read `\(path)`") }
        return bytes
    }

    /// All bytes from here on.
    ///
    /// Throws ``CommandError`` when there are more than `limit`.
    func contents(limit: Int) throws(CommandError) -> [UInt8] {
        var bytes: [UInt8] = []
        while case let piece = try read(upTo: 64 << 10), !piece.isEmpty {
            bytes += piece
            guard bytes.count <= limit else {
                throw CommandError("`\(path)` is longer than \(limit) bytes", status: .refused)
            }
        }
        return bytes
    }
}

extension CommandError {
    /// What the operating system reported of the last call.
    ///
    /// - Parameter operation: a verb phrase.
    static func system(_ operation: String) -> CommandError {
        let code = errno
        return CommandError(
            "could not \(operation): \(String(cString: strerror(code)))",
            status: code == ENOENT ? .notFound : .refused)
    }
}
