import Glibc

/// The one directory that a daemon keeps everything in, held for as long as this exists.
package struct DataDirectory: ~Copyable {
    package let path: String
    private let lock: Int32

    /// Makes the directory and its folders where they are missing, and takes hold of it.
    ///
    /// Throws ``DataDirectoryError`` when it cannot be made, or another daemon holds it.
    package init(path: String) throws(DataDirectoryError) {
        try Self.makeDirectories(path)
        let file = open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .unusable(path: "\(path)/lock", reason: Self.reason) }
        // The kernel lets go of the lock when the process ends, however it ends.
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let isHeld = errno == EWOULDBLOCK
            let reason = Self.reason
            close(file)
            throw isHeld ? .inUse(path: path) : .unusable(path: path, reason: reason)
        }
        self.path = path
        lock = file
        for folder in ["blobs", "logs", "git", "cache", "cache/layers", "cache/indexes"] {
            try Self.makeDirectory("\(path)/\(folder)")
        }
    }

    deinit { close(lock) }

    private static var reason: String { String(cString: strerror(errno)) }

    private static func makeDirectories(_ path: String) throws(DataDirectoryError) {
        var made = path.hasPrefix("/") ? "" : "."
        for component in path.split(separator: "/") {
            made += "/" + component
            try makeDirectory(made)
        }
    }

    private static func makeDirectory(_ path: String) throws(DataDirectoryError) {
        // Only the owner may look in: logs, sources and the control socket are there.
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw .unusable(path: path, reason: reason)
        }
    }
}

/// Why a daemon cannot use its data directory.
package enum DataDirectoryError: Error, Equatable, CustomStringConvertible {
    case inUse(path: String)
    case unusable(path: String, reason: String)

    package var description: String {
        switch self {
        case .inUse(let path): "another slipway daemon uses the data directory `\(path)`"
        case .unusable(let path, let reason): "the data directory cannot be used: `\(path)`: \(reason)"
        }
    }
}
