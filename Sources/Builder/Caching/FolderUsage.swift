import FoundationEssentials
import CLinux
import Glibc

/// How much of the disk a file or a directory takes, and when it was used last.
struct FolderUsage {
    private(set) var size: Int64
    /// The time of change of the thing itself, in nanoseconds since 1970-01-01 00:00:00 UTC: whoever uses it sets it.
    let lastUse: Int64

    /// `nil` where nothing is.
    init?(of path: String) throws(BuildError) {
        guard let status = try Self.status(path) else { return nil }
        let marker = try Self.status("\(path)/\(Self.marker)") ?? status
        lastUse = Int64(marker.st_mtim.tv_sec) * 1_000_000_000 + Int64(marker.st_mtim.tv_nsec)
        size = Int64(status.st_blocks) * 512
        if status.st_mode & S_IFMT == S_IFDIR { try addContents(of: path) }
    }

    /// In a directory, whose own time is its content's: the file whose time tells the last use.
    static let marker = "lock"

    /// What a container left is not to be trusted to be flat: nothing here calls itself. What goes while it is counted
    /// counts for nothing.
    private mutating func addContents(of path: String) throws(BuildError) {
        var place = try DirectoryCursor(path)
        var waiting = [""]
        // Files with several names take their room once.
        var seen: Set<ino_t> = []
        while let directory = waiting.popLast() {
            guard (try? place.move(to: directory)) != nil else { continue }
            for name in try place.names() {
                var status = stat()
                guard fstatat(place.number, name.bytes, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
                let isDirectory = status.st_mode & S_IFMT == S_IFDIR
                if !isDirectory, status.st_nlink > 1, !seen.insert(status.st_ino).inserted { continue }
                size += Int64(status.st_blocks) * 512
                if isDirectory, let name = name.text { waiting.append(directory.appending(component: name)) }
            }
        }
    }

    private static func status(_ path: String) throws(BuildError) -> stat? {
        var status = stat()
        if lstat(path, &status) == 0 { return status }
        guard errno == ENOENT || errno == ENOTDIR else { throw failure("look at", path) }
        return nil
    }

    /// What a directory holds; nothing where it is not there.
    static func names(in path: String) throws(BuildError) -> [String] {
        guard let stream = DirectoryStream(path: path) else {
            guard errno == ENOENT else { throw failure("list", path) }
            return []
        }
        var names: [String] = []
        guard stream.visit({ names.append(String(cString: $0)) }) else { throw failure("list", path) }
        return names
    }

    /// Removes a thing unless it was used at `time` or later, or is locked. Returns whether it is gone.
    static func remove(_ path: String, unlessUsedSince time: Int64) throws -> Bool {
        guard let usage = try FolderUsage(of: path), usage.lastUse < time else { return false }
        let lock = open("\(path)/\(marker)", O_RDWR | O_CLOEXEC)
        defer { if lock >= 0 { close(lock) } }
        if lock >= 0, flock(lock, LOCK_EX | LOCK_NB) != 0 { return false }
        // It goes in one step: what is half removed has another name, and is swept.
        let aside = "\(path.parentPath)/removed-\(UUID().uuidString)"
        guard rename(path, aside) == 0 else {
            guard errno == ENOENT else { throw failure("remove", path) }
            return false
        }
        try DirectoryRemoval.remove(aside)
        return true
    }

    private static func failure(_ operation: String, _ path: String) -> BuildError {
        BuildError("could not \(operation) `\(path)`: \(String(cString: strerror(errno)))")
    }
}
