import Cryptography
import Dockerfile
import Foundation
import Glibc
import OCI
import Sandbox

/// The directories that `RUN --mount=type=cache` shares between builds.
///
/// Each has a folder with the directory itself, `data`, and a lock that whoever uses it holds: all processes of this
/// machine agree on it, and one that is killed lets go.
struct CacheMounts: Sendable {
    let directory: String
    private static let pause: UInt32 = 20_000

    /// What tells one cache from another: as in BuildKit, owner and mode are part of it.
    struct Key: Hashable, Sendable {
        var id: String
        /// What it holds in the beginning, by a name for ever; empty for nothing.
        var content = ""
        var mode: UInt32 = 0o755
        var userID: UInt32 = 0
        var groupID: UInt32 = 0

        fileprivate func name() throws(CryptoError) -> String {
            // Its files belong to others under another mapping.
            let text = "\(id)\n\(content)\n\(mode) \(userID) \(groupID)\(IDMapping.current.name)"
            return String(try Digest(of: Array(text.utf8)).hex.prefix(32))
        }
    }

    /// Takes a cache for one instruction. Blocks, for `locked` as long as somebody else has it.
    ///
    /// - Parameters:
    ///   - isCanceled: asked while it waits.
    ///   - fill: makes the directory with its first content; returns `false` where there is none.
    ///
    /// Throws `CancellationError` while it waits, and ``BuildError`` when the disk does not allow it.
    func lease(
        _ key: Key, _ sharing: RunMount.Sharing, isCanceled: () -> Bool, fill: (String) throws -> Bool
    ) throws -> CacheMountLease {
        let name = try key.name()
        switch sharing {
        case .shared:
            // A shared lock alone would let two make the directory at once.
            let lease = try wait(name, LOCK_EX, isCanceled)
            try lease.prepare(key, fill)
            try lease.share()
            return lease
        case .locked:
            let lease = try wait(name, LOCK_EX, isCanceled)
            try lease.prepare(key, fill)
            return lease
        case .private:
            for number in 0... {
                let folder = number == 0 ? name : "\(name)-\(number)"
                guard let lease = try attempt(folder, LOCK_EX) else { continue }
                try lease.prepare(key, fill)
                return lease
            }
            preconditionFailure("there is a number for everybody")
        }
    }

    private func wait(_ name: String, _ lock: Int32, _ isCanceled: () -> Bool) throws -> CacheMountLease {
        while true {
            if let lease = try attempt(name, lock) { return lease }
            if isCanceled() { throw CancellationError() }
            usleep(Self.pause)
        }
    }

    /// `nil` where somebody else has it.
    private func attempt(_ name: String, _ lock: Int32) throws -> CacheMountLease? {
        let folder = "\(directory)/\(name)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let file = open("\(folder)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw CacheMountLease.failure("open the lock of a cache", folder) }
        let lease = CacheMountLease(folder: folder, lock: file)
        return flock(file, lock | LOCK_NB) == 0 ? lease : nil
    }
}

/// A cache in use; it is free for others when this ends.
final class CacheMountLease: Sendable {
    private let folder: String
    private let lock: Int32

    /// What is mounted.
    var data: String { folder + "/data" }

    fileprivate init(folder: String, lock: Int32) {
        self.folder = folder
        self.lock = lock
    }

    deinit { close(lock) }

    /// Makes the directory where it is new, and notes when it was used last.
    fileprivate func prepare(_ key: CacheMounts.Key, _ fill: (String) throws -> Bool) throws {
        // The lock's own time tells when the cache was used last.
        _ = futimens(lock, nil)
        guard access(data, F_OK) != 0 else { return }
        let made = folder + "/new"
        if access(made, F_OK) == 0 { try FileManager.default.removeItem(atPath: made) }
        guard try fill(made) || mkdir(made, 0o700) == 0 else { throw Self.failure("make a cache", made) }
        if let objection = UserNamespace.objection(toUser: Int(key.userID), group: Int(key.groupID)) {
            throw objection
        }
        guard chown(made, key.userID, key.groupID) == 0, chmod(made, key.mode & 0o7777) == 0,
            rename(made, data) == 0
        else { throw Self.failure("make a cache", data) }
    }

    fileprivate func share() throws {
        guard flock(lock, LOCK_SH) == 0 else { throw Self.failure("share a cache", folder) }
    }

    fileprivate static func failure(_ operation: String, _ path: String) -> BuildError {
        BuildError("could not \(operation) at `\(path)`: \(String(cString: strerror(errno)))")
    }
}
