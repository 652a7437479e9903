import Archive
import CLinux
import Glibc
import Sandbox

/// Lays files out in a directory of its own, exactly: owners, modes, times, extended attributes, holes.
///
/// Directories come first, then files, then links, then the attributes of directories: while files are written there
/// are no links that one could lead through, and none would be followed. The umask does not matter. All calls block.
struct DirectoryWriter: ~Copyable {
    private var place: DirectoryCursor
    /// Finds the first names of files that get another one.
    private var firsts: DirectoryCursor
    private let keepsOwners: Bool
    /// Whom new files belong to.
    private let user = Int(geteuid())
    private let group = Int(getegid())

    /// Whether files that this process makes are to belong to others. In a user namespace of its own it could, and its
    /// user would have files that only such a namespace can remove.
    static var canGiveAway: Bool { geteuid() == 0 && !UserNamespace.isOwn }

    /// - Parameters:
    ///   - path: a directory that is made here.
    ///   - keepsOwners: whether files belong to whom their entries say; else to this process's user, without devices.
    init(making path: String, keepsOwners: Bool = true) throws(BuildError) {
        guard mkdir(path, 0o700) == 0 else { throw BuildError.failed(to: "make `\(path)`", errno) }
        let place = try DirectoryCursor(path)
        let firsts = try DirectoryCursor(path)
        self.place = place
        self.firsts = firsts
        self.keepsOwners = keepsOwners
    }

    /// A directory whose attributes are set by ``finish(_:isOpaque:)`` once it is filled.
    mutating func makeDirectory(_ path: String) throws(BuildError) {
        guard !path.isEmpty else { return }
        try place.move(to: path.parentPath)
        try check(mkdirat(place.number, path.lastComponent, 0o700), "make", path)
    }

    /// A file with its content.
    ///
    /// - Parameter write: is given a function that takes the content's pieces, in order.
    mutating func makeFile(_ entry: TarEntry, _ write: ((RawSpan) throws -> Void) throws -> Void) throws {
        try place.move(to: entry.path.parentPath)
        let name = entry.path.lastComponent
        let file = openat(place.number, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        try check(file, "make", entry.path)
        defer { close(file) }
        var content = HoledContent(file: file)
        try write { piece in
            guard content.append(piece) else { throw place.failure("write", name, errno) }
        }
        guard content.finish(size: entry.size) else { throw place.failure("write", name, errno) }
        // Changing the owner takes set-user-id bits and capabilities away: it comes first.
        if try changesOwner(entry) {
            try check(fchown(file, entry.owner.uid, entry.owner.gid), "give away", name)
        }
        try check(fchmod(file, mode_t(entry.mode)), "set the mode of", name)
        for (attribute, value) in entry.extendedAttributes {
            try set(attribute, of: entry) { fsetxattr(file, attribute, value, value.count, 0) }
        }
        try check(futimens(file, entry.times), "set the time of", name)
    }

    /// Another name of a file that is there.
    mutating func makeHardLink(_ path: String, to first: String) throws(BuildError) {
        try place.move(to: path.parentPath)
        try firsts.move(to: first.parentPath)
        try check(
            linkat(firsts.number, first.lastComponent, place.number, path.lastComponent, 0), "make", path)
    }

    /// A symbolic link, device or pipe. Returns whether it was made: not everybody can make devices, and in a user
    /// namespace nobody can.
    mutating func makeSpecial(_ entry: TarEntry) throws(BuildError) -> Bool {
        try place.move(to: entry.path.parentPath)
        let name = entry.path.lastComponent
        switch entry.kind {
        case .symbolicLink: try check(symlinkat(entry.linkTarget, place.number, name), "make", name)
        case .characterDevice(let major, let minor), .blockDevice(let major, let minor):
            guard keepsOwners, !UserNamespace.isInside else { return false }
            let kind: mode_t = if case .blockDevice = entry.kind { S_IFBLK } else { S_IFCHR }
            let device = gnu_dev_makedev(UInt32(clamping: major), UInt32(clamping: minor))
            try check(mknodat(place.number, name, kind | 0o600, device), "make the device", name)
        default: try check(mknodat(place.number, name, S_IFIFO | 0o600, 0), "make", name)
        }
        if try changesOwner(entry) {
            let (uid, gid) = entry.owner
            try check(
                fchownat(place.number, name, uid, gid, AT_SYMLINK_NOFOLLOW), "give away", name)
        }
        if entry.kind != .symbolicLink {
            try check(fchmodat(place.number, name, mode_t(entry.mode), 0), "set the mode of", name)
        }
        let path = place.procPath(name)
        for (attribute, value) in entry.extendedAttributes {
            try set(attribute, of: entry) { lsetxattr(path, attribute, value, value.count, 0) }
        }
        try check(utimensat(place.number, name, entry.times, AT_SYMLINK_NOFOLLOW), "set the time of", name)
        return true
    }

    /// What overlayfs takes for a removed file.
    mutating func makeWhiteout(_ path: String) throws(BuildError) {
        try place.move(to: path.parentPath)
        try check(mknodat(place.number, path.lastComponent, S_IFCHR, 0), "make", path.lastComponent)
    }

    /// A directory's attributes; those of the directories in it were set before.
    ///
    /// - Parameter isOpaque: whether overlayfs is to hide what lies below.
    mutating func finish(_ entry: TarEntry, isOpaque: Bool = false) throws(BuildError) {
        try place.move(to: entry.path)
        let directory = place.number
        if isOpaque {
            let value = OverlayAttribute.opaque
            let isMarked = OverlayAttribute.opaqueNames.contains {
                fsetxattr(directory, $0, value, value.count, 0) == 0
            }
            guard isMarked else { throw place.failure("hide what lies under", "", errno) }
        }
        if try changesOwner(entry) {
            try check(fchown(directory, entry.owner.uid, entry.owner.gid), "give away", "")
        }
        try check(fchmod(directory, mode_t(entry.mode)), "set the mode of", "")
        for (attribute, value) in entry.extendedAttributes {
            try set(attribute, of: entry) { fsetxattr(directory, attribute, value, value.count, 0) }
        }
        try check(futimens(directory, entry.times), "set the time of", "")
    }

    private func changesOwner(_ entry: TarEntry) throws(BuildError) -> Bool {
        guard keepsOwners, entry.uid != user || entry.gid != group else { return false }
        if let objection = UserNamespace.objection(toUser: entry.uid, group: entry.gid) {
            throw BuildError(
                "`/\(entry.path)` cannot be laid out: \(objection.message)", hint: objection.hint)
        }
        return true
    }

    private func set(_ name: String, of entry: TarEntry, _ call: () -> Int32) throws(BuildError) {
        if call() == 0 { return }
        let code = errno
        // Linux has no attributes of users but for files and directories, and a file system may have none at all.
        if code == EOPNOTSUPP || code == EPERM && (!entry.kind.takesUserAttributes || !keepsOwners) { return }
        throw place.failure("set the attribute `\(name)` of", entry.path.lastComponent, code)
    }

    /// - Parameter path: its last name is told.
    private func check(_ status: Int32, _ operation: String, _ path: String) throws(BuildError) {
        guard status >= 0 else { throw place.failure(operation, path.lastComponent, errno) }
    }
}

extension TarEntry {
    /// Those that are no numbers of Linux were refused before.
    fileprivate var owner: (uid: uid_t, gid: gid_t) { (uid_t(clamping: uid), gid_t(clamping: gid)) }

    /// Of access and of change.
    fileprivate var times: [timespec] {
        let time = timespec(tv_sec: Int(modified), tv_nsec: 0)
        return [time, time]
    }
}

extension TarEntry.Kind {
    fileprivate var takesUserAttributes: Bool { self == .file || self == .directory }
}
