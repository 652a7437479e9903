import Glibc

/// The one directory that a daemon keeps everything in, held for as long as this exists.
package struct DataDirectory: ~Copyable {
    package let path: String
    private let lock: OpenFile

    /// Makes the directory and its folders where they are missing, and takes hold of it.
    ///
    /// Throws ``DataDirectoryError`` when it cannot be made, or another daemon holds it.
    package init(path: String) throws(DataDirectoryError) {
        try Self.makeDirectories(path)
        let lock = try OpenFile("\(path)/lock")
        // The kernel lets go of the lock when the process ends, however it ends.
        guard flock(lock.number, LOCK_EX | LOCK_NB) == 0 else {
            throw errno == EWOULDBLOCK ? .inUse(path: path) : .unusable(path: path, reason: Self.reason)
        }
        for folder in ["blobs", "logs", "git", "cache"] {
            try Self.makeDirectory("\(path)/\(folder)")
        }
        self.path = path
        self.lock = lock
    }

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

/// Closed when it goes.
private final class OpenFile {
    let number: Int32

    init(_ path: String) throws(DataDirectoryError) {
        number = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw .unusable(path: path, reason: String(cString: strerror(errno))) }
    }

    deinit { close(number) }
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
