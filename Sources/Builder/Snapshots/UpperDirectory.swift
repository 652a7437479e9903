import Archive
import Glibc

/// What a container changed: the upper directory of an overlay that is not mounted any more.
///
/// All calls block.
struct UpperDirectory: Sendable {
    let path: String
    /// The file system under it.
    let base: LayeredTree
    let times: Times

    /// Which times a layer may tell, in seconds since 1970-01-01 00:00:00 UTC.
    struct Times: Hashable, Sendable {
        /// What happened later than this is told as ``latest``.
        var threshold: Int64
        var latest: Int64

        func told(_ time: Int64) -> Int64 { time > threshold ? latest : time }
    }

    /// What is to become of one thing in the directory.
    enum Verdict {
        /// It is in the layer.
        case told(TarEntry)
        /// A directory that is as it was, and only there for what is in it.
        case implied(time: Int64)
        /// It is as it was, or no layer can tell it.
        case leftOut
    }

    /// The layer's entries, in its order.
    ///
    /// Left out is what did not really change: directories that are as they were but for their time, with nothing new in
    /// them; files and links that overlayfs copied up and that are still as they were, their content too; the root's own
    /// attributes, as with BuildKit; and sockets, which no archive can hold.
    ///
    /// All this is taken out of the directory, times are set to those that are told, and overlayfs's own attributes
    /// removed: the directory is then what unpacking the layer gives (``Snapshots/adopt(_:as:index:over:)``).
    ///
    /// Throws ``BuildError`` for a name that no layer can tell.
    func entries() throws -> [LayerEntry] {
        let walk = try UpperWalk(path)
        let hiding = hidingDirectories(walk.found)
        var settler = try UpperSettler(path)
        var changed: Set<PathKey> = []
        var told: [(entry: TarEntry, found: UpperWalk.Found)] = []
        // Those below before those above: what is below decides about a directory, and changes its time.
        for found in walk.found.reversed() where !found.path.isEmpty {
            let verdict = try verdict(found, hasChanges: changed.contains(PathKey(found.path)), hiding)
            try settler.settle(found, verdict, keepsOpaque: hiding.contains(PathKey(found.path)))
            guard case .told(let entry) = verdict else {
                if case .implied = verdict { changed.insert(PathKey(found.path.parentPath)) }
                continue
            }
            changed.insert(PathKey(found.path.parentPath))
            told.append((entry, found))
        }
        try settler.settleRoot(base.node(at: "") ?? .root)
        let links = linkedNames(told.map(\.found))
        return told.flatMap { entry, found in
            [layerEntry(entry, found, links)]
                + (hiding.contains(PathKey(found.path)) ? [LayerEntry(entry.hidingMark)] : [])
        }.sorted { $0.entry.path.precedes($1.entry.path) }
    }

    /// Directories that hide something of what lies under them; the kernel marks others, too.
    private func hidingDirectories(_ found: [UpperWalk.Found]) -> Set<PathKey> {
        var hiding: Set<PathKey> = []
        for found in found where found.isOpaque && !found.path.isEmpty {
            guard let before = base.node(at: found.path), before.isDirectory,
                !isHidden(found.path, hiding), !base.children(of: before).isEmpty
            else { continue }
            hiding.insert(PathKey(found.path))
        }
        return hiding
    }

    private func isHidden(_ path: String, _ hiding: Set<PathKey>) -> Bool {
        guard !hiding.isEmpty else { return false }
        var parent = path.parentPath
        while !parent.isEmpty {
            if hiding.contains(PathKey(parent)) { return true }
            parent = parent.parentPath
        }
        return false
    }

    private func verdict(
        _ found: UpperWalk.Found, hasChanges: Bool, _ hiding: Set<PathKey>
    ) throws -> Verdict {
        let before = isHidden(found.path, hiding) ? nil : base.node(at: found.path)
        if found.isWhiteout {
            return before == nil ? .leftOut : .told(found.whiteout(at: times.latest))
        }
        guard var entry = found.entry else { return .leftOut }
        let wasLikeNow = before.map { $0.entry.isLike(entry) } ?? false
        if let before, wasLikeNow, !hiding.contains(PathKey(found.path)) {
            if entry.kind == .directory {
                return hasChanges ? .implied(time: before.entry.modified) : .leftOut
            }
            if found.hasTime(before.entry.modified), try isSameContent(entry, before) {
                return .leftOut
            }
        }
        entry.modified = times.told(entry.modified)
        return .told(entry)
    }

    /// Compares a copied file with what it was copied from.
    private func isSameContent(_ entry: TarEntry, _ before: FileNode) throws -> Bool {
        guard entry.kind == .file, entry.size > 0 else { return true }
        var comparison = try FileComparison(UpperTree(path: path).open(entry.path))
        try base.read(before) { piece in comparison.add(piece) }
        return comparison.isEqual
    }

    /// The first name of each file that has several in the layer. As with BuildKit, a name that is as it was is none of
    /// them.
    ///
    /// - Parameter found: sorted, the last first.
    private func linkedNames(_ found: [UpperWalk.Found]) -> [UInt: String] {
        var firsts: [UInt: String] = [:]
        for found in found.reversed() where found.links > 1 && found.entry?.kind != .directory {
            if firsts[found.inode] == nil { firsts[found.inode] = found.path }
        }
        return firsts
    }

    private func layerEntry(
        _ entry: TarEntry, _ found: UpperWalk.Found, _ links: [UInt: String]
    ) -> LayerEntry {
        if !found.isWhiteout, let first = links[found.inode], PathKey(first) != PathKey(found.path) {
            var link = entry
            (link.kind, link.size, link.linkTarget) = (.hardLink, 0, first)
            return LayerEntry(link)
        }
        guard entry.kind == .file, !found.isWhiteout else { return LayerEntry(entry) }
        return LayerEntry(entry, .file(UpperTree(path: path), FileNode(entry: entry)))
    }
}

extension TarEntry {
    /// Whether it is the same but for time and content.
    fileprivate func isLike(_ other: TarEntry) -> Bool {
        kind == other.kind && size == other.size && mode == other.mode && uid == other.uid && gid == other.gid
            && PathKey(linkTarget) == PathKey(other.linkTarget)
            && extendedAttributes == other.extendedAttributes
    }

    /// What hides everything that the layers below have in this directory.
    fileprivate var hidingMark: TarEntry {
        TarEntry(
            path: path.appending(component: Self.opaqueWhiteout), kind: .file, mode: 0o644, modified: modified
        )
    }
}
