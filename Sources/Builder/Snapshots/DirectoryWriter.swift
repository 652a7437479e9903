import Archive
import CLinux
import Glibc

/// Lays files out in an empty directory, exactly: owners, modes, times, extended attributes.
///
/// Directories come first, then files, then links, then the attributes of directories: while files are written there
/// are no links that one could lead through. The umask does not matter. All calls block.
struct DirectoryWriter: ~Copyable {
    let path: String
    private let root: Int32
    private let keepsOwners: Bool

    /// Whether this process can make files that belong to others, and devices.
    static var canGiveAway: Bool { geteuid() == 0 }

    /// - Parameters:
    ///   - path: a directory that is made here.
    ///   - keepsOwners: whether files belong to whom their entries say; else to this process's user, without devices.
    init(making path: String, keepsOwners: Bool = true) throws(BuildError) {
        guard mkdir(path, 0o700) == 0 else { throw Self.failure("make the directory", path) }
        let root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard root >= 0 else { throw Self.failure("open the directory", path) }
        self.path = path
        self.root = root
        self.keepsOwners = keepsOwners
    }

    deinit { close(root) }

    /// A directory whose attributes are set by ``finish(_:)`` once it is filled.
    func makeDirectory(_ path: String) throws(BuildError) {
        guard path.isEmpty || mkdirat(root, path, 0o700) == 0 else { throw failure("make", path) }
    }

    /// A file with its content.
    ///
    /// - Parameter write: is given a function that takes the content's pieces.
    func makeFile(
        _ entry: TarEntry, _ write: ((RawSpan) throws -> Void) throws -> Void
    ) throws {
        let file = openat(root, entry.path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("make", entry.path) }
        defer { close(file) }
        try write { piece in try append(piece, to: file, entry.path) }
        // Zeros at the end were passed over.
        guard ftruncate(file, off_t(entry.size)) == 0 else { throw failure("write", entry.path) }
        // Changing the owner takes set-user-id bits and capabilities away: it comes first.
        let (uid, gid) = (uid_t(truncatingIfNeeded: entry.uid), gid_t(truncatingIfNeeded: entry.gid))
        guard !keepsOwners || fchown(file, uid, gid) == 0,
            fchmod(file, mode_t(entry.mode)) == 0
        else { throw failure("set the owner of", entry.path) }
        for (name, value) in entry.extendedAttributes where name != OverlayAttribute.opaque {
            try keep(value, name, entry.path) { fsetxattr(file, name, $0, $1, 0) }
        }
        var times = entry.times
        guard futimens(file, &times) == 0 else { throw failure("set the time of", entry.path) }
    }

    private func append(_ piece: RawSpan, to file: Int32, _ path: String) throws(BuildError) {
        // A hole stays one.
        if piece.byteCount >= Self.holeSize, piece.withUnsafeBytes({ $0.allSatisfy { $0 == 0 } }) {
            guard lseek(file, off_t(piece.byteCount), SEEK_CUR) >= 0 else { throw failure("write", path) }
            return
        }
        var start = 0
        while start < piece.byteCount {
            let rest = piece.extracting(start..<piece.byteCount)
            let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("write", path) }
            start += count
        }
    }

    private static let holeSize = 64 << 10

    /// Another name of a file that is there.
    func makeHardLink(_ path: String, to first: String) throws(BuildError) {
        guard linkat(root, first, root, path, 0) == 0 else { throw failure("make", path) }
    }

    /// A symbolic link, device or pipe.
    func makeSpecial(_ entry: TarEntry) throws(BuildError) {
        let status: Int32
        if !keepsOwners, entry.kind.isDevice { return }
        switch entry.kind {
        case .symbolicLink: status = symlinkat(entry.linkTarget, root, entry.path)
        case .characterDevice(let major, let minor):
            status = mknodat(root, entry.path, S_IFCHR | 0o600, Self.device(major, minor))
        case .blockDevice(let major, let minor):
            status = mknodat(root, entry.path, S_IFBLK | 0o600, Self.device(major, minor))
        default: status = mknodat(root, entry.path, S_IFIFO | 0o600, 0)
        }
        guard status == 0 else { throw failure("make", entry.path) }
        try setAttributes(entry)
    }

    private static func device(_ major: Int, _ minor: Int) -> dev_t {
        slipway_makedev(UInt32(truncatingIfNeeded: major), UInt32(truncatingIfNeeded: minor))
    }

    /// What overlayfs takes for a removed file.
    func makeWhiteout(_ path: String) throws(BuildError) {
        guard mknodat(root, path, S_IFCHR, 0) == 0 else { throw failure("make", path) }
    }

    /// A directory's attributes; those of the directories in it were set before.
    ///
    /// - Parameter isOpaque: whether overlayfs is to hide what lies below.
    func finish(_ entry: TarEntry, isOpaque: Bool = false) throws(BuildError) {
        if isOpaque {
            try keep([UInt8(ascii: "y")], OverlayAttribute.opaque, entry.path) {
                lsetxattr(fullPath(entry.path), OverlayAttribute.opaque, $0, $1, 0)
            }
        }
        try setAttributes(entry)
    }

    private func setAttributes(_ entry: TarEntry) throws(BuildError) {
        let path = entry.path.isEmpty ? "." : entry.path
        let (uid, gid) = (uid_t(truncatingIfNeeded: entry.uid), gid_t(truncatingIfNeeded: entry.gid))
        guard !keepsOwners || fchownat(root, path, uid, gid, AT_SYMLINK_NOFOLLOW) == 0 else {
            throw failure("set the owner of", entry.path)
        }
        if entry.kind != .symbolicLink {
            guard fchmodat(root, path, mode_t(entry.mode), 0) == 0 else {
                throw failure("set the mode of", entry.path)
            }
        }
        for (name, value) in entry.extendedAttributes where name != OverlayAttribute.opaque {
            try keep(value, name, entry.path) { lsetxattr(fullPath(entry.path), name, $0, $1, 0) }
        }
        var times = entry.times
        guard utimensat(root, path, &times, AT_SYMLINK_NOFOLLOW) == 0 else {
            throw failure("set the time of", entry.path)
        }
    }

    private func keep(
        _ value: [UInt8], _ name: String, _ path: String,
        _ set: (UnsafeRawPointer?, Int) -> Int32
    ) throws(BuildError) {
        // A layer must not steer overlayfs: only ``finish(_:isOpaque:)`` marks a directory.
        guard name == OverlayAttribute.opaque || !OverlayAttribute.isOwn(name) else { return }
        let status = value.withUnsafeBytes { set($0.baseAddress, $0.count) }
        // Links and devices cannot have attributes of users, and some file systems have none at all.
        guard status == 0 || errno == EPERM || errno == EOPNOTSUPP else {
            throw failure("set the attribute `\(name)` of", path)
        }
    }

    private func fullPath(_ path: String) -> String { path.isEmpty ? self.path : "\(self.path)/\(path)" }

    private func failure(_ operation: String, _ path: String) -> BuildError {
        Self.failure(operation, "/" + path)
    }

    private static func failure(_ operation: String, _ path: String) -> BuildError {
        let code = errno
        return BuildError(
            "could not \(operation) `\(path)` while a layer was laid out: \(String(cString: strerror(code)))",
            hint: code == EPERM ? "laying out layers needs root" : nil)
    }
}

extension TarEntry.Kind {
    fileprivate var isDevice: Bool {
        switch self {
        case .characterDevice, .blockDevice: true
        default: false
        }
    }
}

extension TarEntry {
    /// Time of access and of change.
    fileprivate var times: [timespec] {
        let time = timespec(tv_sec: Int(modified), tv_nsec: 0)
        return [time, time]
    }
}

/// The extended attributes by which overlayfs notes what a directory of it hides.
enum OverlayAttribute {
    static let prefix = "trusted.overlay."
    static let opaque = "trusted.overlay.opaque"
    /// In a user namespace.
    static let userPrefix = "user.overlay."

    static func isOwn(_ name: String) -> Bool { name.hasPrefix(prefix) || name.hasPrefix(userPrefix) }
}
