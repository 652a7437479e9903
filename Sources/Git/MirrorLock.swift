import Foundation
import Glibc

/// Held by whoever fetches into a mirror: several processes may share a folder of mirrors.
///
/// The lock is the kernel's, on an open file: it goes with the process, however that ends.
struct MirrorLock: ~Copyable {
    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// Waits for the lock of the mirror at `path`; while it waits, the call shows that it lives.
    ///
    /// Throws ``GitError`` when the file cannot be made, or nobody waits for the call any longer.
    static func take(ofMirror path: String, pulse: Pulse) throws(GitError) -> MirrorLock {
        let operation = "lock the mirror `\(path)`"
        do {
            try FileManager.default.createDirectory(
                at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
        } catch { throw GitError(.system, operation, message: error.localizedDescription) }
        let descriptor = open("\(path).lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw GitError(.system, operation, message: String(cString: strerror(errno)))
        }
        let lock = MirrorLock(descriptor)
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else {
                throw GitError(.system, operation, message: String(cString: strerror(errno)))
            }
            guard pulse.beat() else {
                throw GitError(.stopped, operation, message: "the call was given up")
            }
            usleep(20_000)
        }
        return lock
    }

    deinit { close(descriptor) }
}
