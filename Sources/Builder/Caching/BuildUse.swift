import FoundationEssentials
import Glibc

/// A running build's claim on the cache: what is used from its beginning on stays until it ends.
///
/// A file that its process holds a lock on; one whose process was killed counts no more.
package final class BuildUse: Sendable {
    private let path: String
    private let lock: Int32

    /// - Parameter whenAlone: done first where no other build runs, and none can begin meanwhile: to remove what builds
    ///   left behind that were killed.
    package init(in directory: String, whenAlone: () throws -> Void = {}) throws {
        let users = "\(directory)/users"
        try FileManager.default.createDirectory(atPath: users, withIntermediateDirectories: true)
        let gate = open("\(directory)/gate", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard gate >= 0 else { throw Self.failure("open", "\(directory)/gate") }
        defer { close(gate) }
        guard flock(gate, LOCK_EX) == 0 else { throw Self.failure("lock", "\(directory)/gate") }
        if try Self.oldestStart(in: directory) == .max { try whenAlone() }
        let name = UUID().uuidString
        path = "\(users)/\(name)"
        // A file that is not locked yet would look like that of a killed build.
        let aside = "\(directory)/\(name)"
        lock = open(aside, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw Self.failure("make", aside) }
        guard flock(lock, LOCK_EX) == 0, rename(aside, path) == 0 else { throw Self.failure("make", path) }
    }

    deinit {
        unlink(path)
        close(lock)
    }

    /// When the oldest build that still runs began, in nanoseconds since 1970-01-01 00:00:00 UTC.
    static func oldestStart(in directory: String) throws -> Int64 {
        var oldest = Int64.max
        for name in try FolderUsage.names(in: "\(directory)/users") {
            let path = "\(directory)/users/\(name)"
            let file = open(path, O_RDWR | O_CLOEXEC)
            // It may have ended just now.
            guard file >= 0 else { continue }
            defer { close(file) }
            if flock(file, LOCK_EX | LOCK_NB) == 0 {
                unlink(path)
            } else if let usage = try FolderUsage(of: path) {
                oldest = min(oldest, usage.lastUse)
            }
        }
        return oldest
    }

    private static func failure(_ operation: String, _ path: String) -> BuildError {
        BuildError("could not \(operation) `\(path)`: \(String(cString: strerror(errno)))")
    }
}
