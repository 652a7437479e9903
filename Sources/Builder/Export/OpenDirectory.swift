import Glibc

/// A directory that is held open, so that nobody can put a link in its place. All calls block.
struct OpenDirectory: ~Copyable {
    let path: String
    /// As it was found.
    let status: stat
    private let descriptor: Int32

    private static let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
    /// `O_PATH`, the same on every machine that runs Linux and this program; glibc shows it only to GNU programs.
    private static let placeOnly: Int32 = 0o10_000_000

    /// Throws ``BuildError`` where there is none.
    init(at path: String) throws(BuildError) {
        let descriptor = open(path, Self.flags)
        guard descriptor >= 0 else { throw Self.failure("open the directory", path) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let error = Self.failure("look at", path)
            close(descriptor)
            throw error
        }
        (self.path, self.status, self.descriptor) = (path, status, descriptor)
    }

    /// The directory of a name in another; a link is none.
    init(_ name: String, in parent: borrowing OpenDirectory) throws(BuildError) {
        let path = "\(parent.path)/\(name)"
        guard let status = try parent.status(of: name) else {
            errno = ENOENT
            throw Self.failure("open the directory", path)
        }
        var descriptor = openat(parent.descriptor, name, Self.flags | O_NOFOLLOW)
        if descriptor < 0, errno == EACCES { descriptor = Self.openUnreadable(name, in: parent.descriptor) }
        guard descriptor >= 0 else { throw Self.failure("open the directory", path) }
        (self.path, self.status, self.descriptor) = (path, status, descriptor)
    }

    deinit { close(descriptor) }

    /// Opens a directory that its owner may not read, but may make readable; negative, with `errno`, where not.
    private static func openUnreadable(_ name: String, in parent: Int32) -> Int32 {
        let place = openat(
            parent, name, placeOnly | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard place >= 0 else { return place }
        defer { close(place) }
        var status = stat()
        // A place in the tree is not open for fchmod(2).
        guard fstat(place, &status) == 0,
            chmod("/proc/self/fd/\(place)", status.st_mode & 0o7777 | 0o700) == 0
        else { return -1 }
        return openat(place, ".", flags)
    }

    /// What is in it, sorted.
    func names() throws(BuildError) -> [String] {
        guard let stream = DirectoryStream(again: descriptor) else { throw failure("list", nil) }
        var names: [String] = []
        guard stream.visit({ names.append(String(cString: $0)) }) else { throw failure("list", nil) }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// What a name stands for, links not followed; `nil` where it is not there.
    func status(of name: String) throws(BuildError) -> stat? {
        var status = stat()
        if fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 { return status }
        guard errno == ENOENT else { throw failure("look at", name) }
        return nil
    }

    /// Lets the owner change what is in it. Where this process is not the owner, nothing happens: what it does next
    /// fails, or it needs no right.
    func allowChanges() {
        if status.st_mode & 0o700 != 0o700 { fchmod(descriptor, status.st_mode & 0o7777 | 0o700) }
    }

    /// Moves what has a name here to another directory, over what is no directory there.
    func move(_ name: String, to target: borrowing OpenDirectory) throws(BuildError) {
        if renameat(descriptor, name, target.descriptor, name) == 0 { return }
        let (isDenied, denial) = (errno == EACCES, target.failure("write", name))
        guard isDenied, try status(of: name)?.isDirectory == true else { throw denial }
        // To move a directory is to write its `..`, for which its own mode counts.
        let moved = try OpenDirectory(name, in: self)
        moved.allowChanges()
        let isMoved = renameat(descriptor, name, target.descriptor, name) == 0
        let error = target.failure("write", name)
        fchmod(moved.descriptor, moved.status.st_mode & 0o7777)
        guard isMoved else { throw error }
    }

    /// Removes what has a name here; a directory with all that is in it, and a link alone.
    func remove(_ name: String) throws(BuildError) {
        if unlinkat(descriptor, name, 0) == 0 { return }
        guard errno == EISDIR else { throw failure("remove", name) }
        try OpenDirectory(name, in: self).removeContents()
        guard unlinkat(descriptor, name, AT_REMOVEDIR) == 0 else { throw failure("remove", name) }
    }

    private func removeContents() throws(BuildError) {
        allowChanges()
        for name in try names() { try remove(name) }
    }

    /// Gives it the owner, mode and times that another one was found with.
    func takeAttributes(of other: borrowing OpenDirectory) throws(BuildError) {
        // Only root gives files away.
        guard fchown(descriptor, other.status.st_uid, other.status.st_gid) == 0 || errno == EPERM else {
            throw failure("set the owner of", nil)
        }
        guard fchmod(descriptor, other.status.st_mode & 0o7777) == 0 else {
            throw failure("set the mode of", nil)
        }
        guard futimens(descriptor, [other.status.st_atim, other.status.st_mtim]) == 0 else {
            throw failure("set the time of", nil)
        }
    }

    private func failure(_ operation: String, _ name: String?) -> BuildError {
        Self.failure(operation, name.map { "\(path)/\($0)" } ?? path)
    }

    private static func failure(_ operation: String, _ path: String) -> BuildError {
        BuildError("could not \(operation) `\(path)`: \(String(cString: strerror(errno)))")
    }
}

extension stat {
    var isDirectory: Bool { st_mode & S_IFMT == S_IFDIR }
}
