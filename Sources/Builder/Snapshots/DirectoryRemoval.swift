import Glibc

/// Removes directories with all that is in them, however deep they are and whatever the names.
///
/// What a container left is not to be trusted to be small: nothing here calls itself, and one descriptor is enough.
enum DirectoryRemoval {
    /// A directory that is being emptied.
    private struct Level {
        /// Its name in the one above.
        var name: [CChar]
        /// The directories in it that are still to be removed.
        var directories: [[CChar]]
    }

    /// Removes a directory, or anything else; what is not there is no error. Blocks.
    static func remove(_ path: String) throws(BuildError) {
        if unlink(path) == 0 || errno == ENOENT { return }
        var current = open(path, flags)
        guard current >= 0 else {
            if errno == ENOENT { return }
            throw BuildError.failed(to: "remove `\(path)`", errno)
        }
        defer { close(current) }
        var levels: [Level] = [Level(name: [], directories: try empty(current, path))]
        while var level = levels.popLast() {
            if let name = level.directories.popLast() {
                levels.append(level)
                try move(&current, to: name, path)
                levels.append(Level(name: name, directories: try empty(current, path)))
            } else if !levels.isEmpty {
                try move(&current, to: [46, 46, 0], path)
                try check(unlinkat(current, level.name, AT_REMOVEDIR), path)
            }
        }
        try check(rmdir(path), path)
    }

    private static let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC

    /// Somebody else may remove the same: a sweep, and who was to remove it.
    private static func check(_ status: Int32, _ path: String) throws(BuildError) {
        guard status == 0 || errno == ENOENT else { throw BuildError.failed(to: "remove `\(path)`", errno) }
    }

    private static func move(_ current: inout Int32, to name: [CChar], _ path: String) throws(BuildError) {
        let next = openat(current, name, flags)
        guard next >= 0 else { throw BuildError.failed(to: "remove `\(path)`", errno) }
        close(current)
        current = next
    }

    /// Removes all but directories, and returns these.
    private static func empty(_ directory: Int32, _ path: String) throws(BuildError) -> [[CChar]] {
        guard let stream = DirectoryStream(again: directory) else {
            throw BuildError.failed(to: "remove `\(path)`", errno)
        }
        var directories: [[CChar]] = []
        let isWhole = try stream.visit { (name) throws(BuildError) in
            if unlinkat(directory, name, 0) == 0 || errno == ENOENT { return }
            // Linux says the one, POSIX the other.
            guard errno == EISDIR || errno == EPERM else {
                throw BuildError.failed(to: "remove `\(path)`", errno)
            }
            directories.append(FileName(name).bytes)
        }
        guard isWhole else { throw BuildError.failed(to: "remove `\(path)`", errno) }
        return directories
    }
}
