import Archive
import CLinux
import Glibc

/// Everything in an upper directory as it was left, sorted by the bytes of the paths.
///
/// What a container left is not to be trusted to be small: nothing here calls itself.
struct UpperWalk {
    /// What there is to tell of one name.
    struct Found {
        var path: String
        /// `nil` for what no layer can tell: sockets, and what overlayfs takes for a removed file.
        var entry: TarEntry?
        var isWhiteout = false
        /// Whether overlayfs hides what lies under the directory.
        var isOpaque = false
        var links: Int
        var inode: UInt
        /// When it was changed, and the part of a second.
        var time: timespec
        /// Attributes that no layer tells.
        var ownAttributes: [String] = []

        /// Whether it was changed at the very time, as layers tell it.
        func hasTime(_ seconds: Int64) -> Bool { time.tv_nsec == 0 && Int64(time.tv_sec) == seconds }

        func whiteout(at time: Int64) -> TarEntry {
            TarEntry(
                path: path.parentPath.appending(component: TarEntry.whiteoutPrefix + path.lastComponent),
                kind: .file, mode: 0o644, modified: time)
        }
    }

    private(set) var found: [Found] = []

    init(_ directory: String) throws {
        var place = try DirectoryCursor(directory)
        var waiting = [""]
        while let folder = waiting.popLast() {
            try place.move(to: folder)
            for name in try place.names() {
                let found = try Self.look(at: Self.checked(name, in: folder), in: folder, place)
                if found.entry?.kind == .directory { waiting.append(found.path) }
                self.found.append(found)
            }
        }
        found.sort { $0.path.precedes($1.path) }
    }

    /// A name that a layer can tell.
    private static func checked(_ name: FileName, in folder: String) throws(BuildError) -> String {
        let shown = folder.appending(component: name.shown)
        guard let text = name.text else {
            throw BuildError(
                "`/\(shown)` cannot be in an image: its name is not UTF-8", hint: "give it another name")
        }
        guard !text.utf8.starts(with: TarEntry.whiteoutPrefix.utf8) else {
            throw BuildError(
                "`/\(shown)` cannot be in an image: its name says that another file is removed",
                hint: "a name must not begin with `\(TarEntry.whiteoutPrefix)`")
        }
        guard shown.utf8.count < PathLimit.bytes else {
            throw BuildError(
                "`/\(shown.prefix(60))…` cannot be in an image: its path has \(shown.utf8.count) bytes",
                hint: "a path of Linux has less than \(PathLimit.bytes)")
        }
        return text
    }

    static func look(
        at name: String, in folder: String, _ place: borrowing DirectoryCursor
    ) throws -> Found {
        let status = try place.status(of: name)
        let path = folder.appending(component: name)
        var found = Found(
            path: path, links: Int(status.st_nlink), inode: UInt(status.st_ino), time: status.st_mtim)
        let (major, minor) = (gnu_dev_major(status.st_rdev), gnu_dev_minor(status.st_rdev))
        let kind: TarEntry.Kind
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .file
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .symbolicLink
        case S_IFCHR where status.st_rdev == 0:
            found.isWhiteout = true
            return found
        case S_IFCHR: kind = .characterDevice(major: Int(major), minor: Int(minor))
        case S_IFBLK: kind = .blockDevice(major: Int(major), minor: Int(minor))
        case S_IFIFO: kind = .fifo
        // Sockets mean nothing without their process.
        default: return found
        }
        var entry = TarEntry(
            path: path, kind: kind, mode: UInt16(status.st_mode & 0o7777), uid: Int(status.st_uid),
            gid: Int(status.st_gid), modified: Int64(status.st_mtim.tv_sec))
        if kind == .file { entry.size = Int64(status.st_size) }
        if kind == .symbolicLink {
            entry.mode = 0o777
            entry.linkTarget = try place.linkTarget(of: name)
        }
        try found.add(ExtendedAttributes.all(of: place.procPath(name)), to: &entry)
        found.entry = entry
        return found
    }
}

extension UpperWalk.Found {
    /// Tells what a layer keeps from what it does not.
    fileprivate mutating func add(
        _ attributes: [String: [UInt8]], to entry: inout TarEntry
    ) throws(BuildError) {
        for (name, value) in attributes {
            guard OverlayAttribute.isOne(name) else {
                // A label is the host's matter.
                if name != "security.selinux" { entry.extendedAttributes[name] = value }
                continue
            }
            ownAttributes.append(name)
            if OverlayAttribute.opaqueNames.contains(name) { isOpaque = value == OverlayAttribute.opaque }
            guard !OverlayAttribute.isForeign(name) else {
                throw BuildError(
                    "`/\(path)` was changed in a way that only overlayfs itself can read: it has `\(name)`",
                    hint: "layers are made of overlays without `redirect_dir` and `metacopy`")
            }
        }
    }
}

extension DirectoryCursor {
    /// Where a link points.
    borrowing func linkTarget(of name: String) throws(BuildError) -> String {
        var count = 0
        let bytes = [CChar](unsafeUninitializedCapacity: Int(PATH_MAX) + 1) { buffer, initialized in
            guard let start = buffer.baseAddress else { return }
            count = readlinkat(number, name, start, buffer.count - 1)
            initialized = max(0, count)
        }
        guard count >= 0 else { throw failure("read the link", name, errno) }
        guard let target = String(validating: bytes.map(UInt8.init(bitPattern:)), as: UTF8.self) else {
            throw BuildError("the link `\(name)` cannot be in an image: it points to what is not UTF-8")
        }
        return target
    }
}
