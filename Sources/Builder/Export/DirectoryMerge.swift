import Glibc

/// Moves files into a directory that may hold others, never through a link that is there. All calls block.
enum DirectoryMerge {
    /// Throws ``BuildError`` when the system refuses, or a directory is where a file is to be.
    static func move(_ from: String, into to: String) throws(BuildError) {
        let source = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
        let target = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer {
            if source >= 0 { close(source) }
            if target >= 0 { close(target) }
        }
        guard source >= 0, target >= 0 else { throw failure("open", source < 0 ? from : to) }
        try merge(source, target, from, to)
    }

    private static func merge(
        _ source: Int32, _ target: Int32, _ from: String, _ to: String
    ) throws(BuildError) {
        for name in try FolderUsage.names(in: from) {
            let (here, there) = ("\(from)/\(name)", "\(to)/\(name)")
            if try isDirectory(source, name, here), try isDirectory(target, name, there) {
                try mergeDirectories(source, target, name, (here, there))
            } else if renameat(source, name, target, name) != 0 {
                throw failure("write", there)
            }
        }
    }

    private static func mergeDirectories(
        _ source: Int32, _ target: Int32, _ name: String, _ paths: (String, String)
    ) throws(BuildError) {
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW
        let (inner, outer) = (openat(source, name, flags), openat(target, name, flags))
        defer {
            if inner >= 0 { close(inner) }
            if outer >= 0 { close(outer) }
        }
        guard inner >= 0, outer >= 0 else { throw failure("open", inner < 0 ? paths.0 : paths.1) }
        try merge(inner, outer, paths.0, paths.1)
        // The image says what a directory is like, too.
        var status = stat()
        guard fstat(inner, &status) == 0, fchmod(outer, status.st_mode & 0o7777) == 0 else {
            throw failure("set the mode of", paths.1)
        }
        if geteuid() == 0 { fchown(outer, status.st_uid, status.st_gid) }
        futimens(outer, [status.st_atim, status.st_mtim])
    }

    private static func isDirectory(_ directory: Int32, _ name: String, _ path: String) throws(BuildError)
        -> Bool
    {
        var status = stat()
        if fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 {
            return status.st_mode & S_IFMT == S_IFDIR
        }
        guard errno == ENOENT else { throw failure("look at", path) }
        return false
    }

    private static func failure(_ operation: String, _ path: String) -> BuildError {
        BuildError("could not \(operation) `\(path)`: \(String(cString: strerror(errno)))")
    }
}
