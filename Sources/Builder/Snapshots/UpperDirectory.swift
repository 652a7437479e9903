import Archive
import CLinux
import Glibc

/// What a container changed: the upper directory of an overlay that is not mounted any more.
///
/// Reading it sets its times to those that the layer says, so that the directory is afterwards what unpacking the
/// layer would give. All calls block.
struct UpperDirectory: FileTree {
    let path: String
    let base: LayeredTree
    let times: Times
    /// The directories of the layers under it, lowest first.
    let lower: [String]

    /// Which times a layer may tell.
    struct Times: Hashable, Sendable {
        /// What happened later than this is told as ``latest``: in seconds since 1970-01-01 00:00:00 UTC.
        var threshold: Int64
        var latest: Int64

        func told(_ time: Int64) -> Int64 { time > threshold ? latest : time }
    }

    /// What there is to tell of one name.
    private struct Found {
        var path: String
        var status: stat
        var attributes: [String: [UInt8]]
        var isOpaque: Bool
    }

    /// The layer's entries, in its order.
    ///
    /// Throws ``BuildError`` for a name that would hide a file instead of being one.
    func entries() throws(BuildError) -> [LayerEntry] {
        var entries: [LayerEntry] = []
        try addChildren(of: "", to: &entries)
        try setTime((base.node(at: "") ?? .root).entry)
        entries.sort { $0.entry.path.precedes($1.entry.path) }
        linkNames(in: &entries)
        return entries
    }

    /// Returns whether anything in the directory changed.
    @discardableResult
    private func addChildren(of directory: String, to entries: inout [LayerEntry]) throws(BuildError) -> Bool
    {
        var hasChanged = false
        for name in try FolderUsage.names(in: fullPath(directory)) {
            let path = directory.appending(component: name)
            guard !name.utf8.starts(with: TarEntry.whiteoutPrefix.utf8) else {
                throw BuildError(
                    "`/\(path)` cannot be in an image: its name says that another file is removed",
                    hint: "a name must not begin with `\(TarEntry.whiteoutPrefix)`")
            }
            if try add(look(at: path), to: &entries) { hasChanged = true }
        }
        return hasChanged
    }

    private func add(_ found: Found, to entries: inout [LayerEntry]) throws(BuildError) -> Bool {
        let kind = found.status.st_mode & S_IFMT
        if kind == S_IFCHR, found.status.st_rdev == 0 {
            entries.append(LayerEntry(whiteout(of: found.path)))
            return true
        }
        guard kind == S_IFDIR else {
            // Sockets cannot be archived, by anybody: they mean nothing without their process.
            guard let entry = try entry(found) else { return false }
            try setTime(entry)
            if entry.kind == .file, try isUnchanged(entry) { return false }
            let content: LayerEntry.Content = entry.kind == .file ? .file(self, node(entry, found)) : .none
            entries.append(LayerEntry(entry, content))
            return true
        }
        return try addDirectory(found, to: &entries)
    }

    /// Whether a file was only copied up: as with BuildKit, all of it is as it was.
    private func isUnchanged(_ entry: TarEntry) throws(BuildError) -> Bool {
        guard let before = base.node(at: entry.path)?.entry, before.kind == .file, before.size == entry.size,
            before.modified == entry.modified, entry.isLike(before),
            let place = lower.last(where: { access("\($0)/\(entry.path)", F_OK) == 0 })
        else { return false }
        return try FileComparison.areEqual(fullPath(entry.path), "\(place)/\(entry.path)")
    }

    /// A directory that is as it was is left out, and its time with it: overlayfs copied it up for what is in it.
    private func addDirectory(_ found: Found, to entries: inout [LayerEntry]) throws(BuildError) -> Bool {
        guard var entry = try entry(found) else { return false }
        let before = base.node(at: found.path)
        let hides = found.isOpaque && before?.isDirectory == true
        let hasChanged = try addChildren(of: found.path, to: &entries)
        if let before, before.isDirectory, !hides, entry.isLike(before.entry) {
            if !before.isImplied { entry.modified = before.entry.modified }
            try setTime(entry)
            return hasChanged
        }
        if hides { entries.append(LayerEntry(entry.opaqueWhiteout)) }
        // The kernel marks new directories so, too; under another layer the mark would hide that one's files.
        if found.isOpaque, !hides { lremovexattr(fullPath(found.path), OverlayAttribute.opaque) }
        try setTime(entry)
        entries.append(LayerEntry(entry))
        return true
    }

    private func whiteout(of path: String) -> TarEntry {
        TarEntry(
            path: path.parentPath.appending(component: TarEntry.whiteoutPrefix + path.lastComponent),
            kind: .file,
            mode: 0o644, modified: times.latest)
    }

    /// Of files that have several names the first is the file, and the others are links to it.
    private func linkNames(in entries: inout [LayerEntry]) {
        var firsts: [String: String] = [:]
        for index in entries.indices {
            guard case .file(_, let node) = entries[index].content, let id = node.hardLinkID else { continue }
            if let first = firsts[id] {
                entries[index] = LayerEntry(entries[index].entry.linked(to: first))
            } else {
                firsts[id] = node.path
            }
        }
    }

    // MARK: Looking

    private func fullPath(_ path: String) -> String { path.isEmpty ? self.path : "\(self.path)/\(path)" }

    private func look(at path: String) throws(BuildError) -> Found {
        var status = stat()
        guard lstat(fullPath(path), &status) == 0 else { throw failure("look at", path) }
        var attributes = try ExtendedAttributes.all(of: fullPath(path))
        let isOpaque = attributes[OverlayAttribute.opaque] == [UInt8(ascii: "y")]
        attributes = attributes.filter { name, _ in
            !name.hasPrefix(OverlayAttribute.prefix) && !name.hasPrefix(OverlayAttribute.userPrefix)
                && name != "security.selinux"
        }
        return Found(path: path, status: status, attributes: attributes, isOpaque: isOpaque)
    }

    private func entry(_ found: Found) throws(BuildError) -> TarEntry? {
        let status = found.status
        guard let kind = DirectoryTree.kind(of: status) else { return nil }
        var entry = TarEntry(
            path: found.path, kind: kind, mode: UInt16(status.st_mode & 0o7777), uid: Int(status.st_uid),
            gid: Int(status.st_gid), modified: times.told(Int64(status.st_mtim.tv_sec)),
            extendedAttributes: found.attributes)
        if kind == .file { entry.size = Int64(status.st_size) }
        if kind == .symbolicLink {
            entry.mode = 0o777
            guard let target = DirectoryTree.linkTarget(fullPath(found.path)) else {
                throw failure("read the link", found.path)
            }
            entry.linkTarget = target
        }
        return entry
    }

    private func node(_ entry: TarEntry, _ found: Found) -> FileNode {
        var node = FileNode(entry: entry)
        if found.status.st_nlink > 1 { node.hardLinkID = "\(found.status.st_ino)" }
        return node
    }

    private func setTime(_ entry: TarEntry) throws(BuildError) {
        let time = timespec(tv_sec: Int(entry.modified), tv_nsec: 0)
        guard utimensat(AT_FDCWD, fullPath(entry.path), [time, time], AT_SYMLINK_NOFOLLOW) == 0 else {
            throw failure("set the time of", entry.path)
        }
    }

    private func failure(_ operation: String, _ path: String) -> BuildError {
        BuildError(
            "could not \(operation) `/\(path)`, which was changed: \(String(cString: strerror(errno)))")
    }

    // MARK: Reading, as a layer's writer does it

    func node(at path: String) throws -> FileNode? { nil }

    func children(of directory: FileNode) throws -> [FileNode] { [] }

    func read(_ node: FileNode, _ body: (RawSpan) throws -> Void) throws {
        try DirectoryTree.read(fullPath(node.path), size: node.entry.size, body)
    }
}

extension TarEntry {
    /// Whether two files or directories are the same but for their time and content.
    fileprivate func isLike(_ other: TarEntry) -> Bool {
        mode == other.mode && uid == other.uid && gid == other.gid
            && extendedAttributes == other.extendedAttributes
    }
}
