import FoundationEssentials
import Glibc

/// A container's own directory: its bundle, and a lock that tells whether its owner lives.
final class ContainerFolder: Sendable {
    let path: String
    private let lock: Int32

    /// Where the runtime finds the container's description.
    var bundle: String { "\(path)/memory" }

    /// Makes the directory; it is there whole, or not at all.
    init(_ name: String, in directory: String) throws {
        let aside = "\(directory)/.\(name)"
        for folder in ["rootfs", "empty", "memory"] {
            try FileManager.default.createDirectory(
                atPath: "\(aside)/\(folder)", withIntermediateDirectories: true)
        }
        // What is in it is mounted by root before anybody else is let in.
        chmod(aside, 0o700)
        lock = open("\(aside)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        path = "\(directory)/\(name)"
        guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0, rename(aside, path) == 0 else {
            throw SandboxError("make the directory of a container at `\(path)`", errno: errno)
        }
    }

    deinit { close(lock) }

    func makeDirectory(_ name: String) throws(SandboxError) -> String {
        guard mkdir("\(path)/\(name)", 0o755) == 0 else {
            throw SandboxError("make `\(path)/\(name)`", errno: errno)
        }
        return "\(path)/\(name)"
    }

    /// Where something may be mounted.
    var mountPoints: [String] {
        // A directory that cannot be listed cannot be removed either, and is swept later.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { $0 == "rootfs" || $0 == "memory" || $0.hasPrefix("mount-") }.map {
            "\(path)/\($0)"
        }
    }

    /// Removes it; the lock goes with this object.
    func remove() throws { try FileManager.default.removeItem(atPath: path) }

    /// The containers whose owner does not live any more.
    static func abandoned(in directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory).filter { name in
            guard !name.hasPrefix(".") else { return false }
            let lock = open("\(directory)/\(name)/lock", O_RDWR | O_CLOEXEC)
            guard lock >= 0 else { return errno == ENOENT }
            defer { close(lock) }
            return flock(lock, LOCK_EX | LOCK_NB) == 0
        }
    }
}
