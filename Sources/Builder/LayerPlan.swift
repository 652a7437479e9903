import Archive
import Dockerfile

/// A layer that is being put together over what lies under it; nothing is read or written but tables of contents.
///
/// Paths are as in ``FileTree``. Symbolic links of the file system are followed inside its root, as a container would.
struct LayerPlan {
    private let base: LayeredTree
    /// What every time is clamped to, in seconds since 1970-01-01 00:00:00 UTC.
    let epoch: Int64
    /// The time of what is made rather than copied.
    var time: Int64
    private var planned = PlannedEntries()
    /// Directories of the base that became something else: nothing below them is there any more.
    private var replaced: Set<PathKey> = []
    private var copies = 0
    /// As many as Linux follows.
    private static let maximumLinks = 40

    init(over base: LayeredTree, epoch: Int64, time: Int64 = 0) {
        self.base = base
        self.epoch = epoch
        self.time = min(time, epoch)
    }

    /// What is to be written, in the layer's order.
    var entries: [LayerEntry] {
        var firstNames: [PlannedEntries.Link: String] = [:]
        let places = planned.sortedPlaces
        var entries: [LayerEntry] = []
        entries.reserveCapacity(places.count)
        for place in places {
            guard let planned = planned.values[place] else { continue }
            if let link = planned.link {
                let entry = planned.layerEntry.entry
                if let first = firstNames[link] {
                    entries.append(LayerEntry(entry.linked(to: first)))
                    continue
                }
                firstNames[link] = entry.path
            }
            entries.append(planned.layerEntry)
            let entry = planned.layerEntry.entry
            if !replaced.isEmpty, entry.kind == .directory, replaced.contains(PathKey(entry.path)) {
                entries.append(LayerEntry(entry.opaqueWhiteout))
            }
        }
        return entries
    }

    /// What stands at a path once the layer is there: a link itself.
    mutating func entry(at path: String) -> TarEntry? {
        if let place = planned.place(of: path) { return planned.values[place]?.layerEntry.entry }
        return isBelowReplaced(path) ? nil : base.node(at: path)?.entry
    }

    private func isBelowReplaced(_ path: String) -> Bool {
        guard !replaced.isEmpty else { return false }
        var parent = path.parentPath
        while !parent.isEmpty {
            if replaced.contains(PathKey(parent)) { return true }
            parent = parent.parentPath
        }
        return false
    }

    /// The place that a path means, its links followed; what does not exist is taken as it is written.
    ///
    /// - Parameter followsLast: whether a link at the very place is followed, too.
    mutating func resolve(_ path: String, followsLast: Bool = true) throws(BuildError) -> String {
        var rest = Array(path.pathComponents.reversed())
        var resolved = ""
        var links = 0
        while let component = rest.popLast() {
            if component == ".." {
                resolved = resolved.parentPath
                continue
            }
            let next = resolved.appending(component: component)
            guard let entry = entry(at: next), entry.kind == .symbolicLink, followsLast || !rest.isEmpty
            else {
                resolved = next
                continue
            }
            links += 1
            guard links <= Self.maximumLinks else {
                let shown = path.pathComponents.joined(separator: "/")
                throw BuildError("`/\(shown)` leads through a circle of symbolic links")
            }
            if entry.linkTarget.isAbsolute { resolved = "" }
            rest += entry.linkTarget.pathComponents.reversed()
        }
        return resolved
    }

    /// Makes a directory and those above it where they are missing, and returns its place.
    @discardableResult
    mutating func makeDirectory(
        _ path: String, _ attributes: Attributes = Attributes()
    ) throws(BuildError) -> String {
        let place = try resolve(path)
        try makeMissing(place, attributes)
        return place
    }

    private mutating func makeMissing(_ place: String, _ attributes: Attributes) throws(BuildError) {
        if let entry = entry(at: place) {
            guard entry.kind == .directory else {
                throw BuildError("`/\(place)` is not a directory in the image")
            }
            return
        }
        // Even an image of nothing has a root.
        guard !place.isEmpty else { return }
        try makeMissing(place.parentPath, attributes)
        try put(
            TarEntry(
                path: place, kind: .directory, mode: attributes.directoryMode,
                uid: attributes.owner?.uid ?? 0, gid: attributes.owner?.gid ?? 0, modified: time))
    }

    /// Marks that another copy begins, and with it other hard links.
    mutating func beginCopy() { copies += 1 }

    /// Puts an entry at its path, over what may be there.
    ///
    /// - Parameter hardLinkID: what the names of one file have in common in their tree.
    ///
    /// Throws ``BuildError`` for a name that would hide a file instead of being one.
    mutating func put(
        _ entry: TarEntry, _ content: LayerEntry.Content = .none, hardLinkID: String? = nil
    ) throws(BuildError) {
        try Self.refuseWhiteout(entry)
        if entry.kind != .directory, self.entry(at: entry.path)?.kind == .directory {
            replaced.insert(PathKey(entry.path))
            planned.removeContents(of: entry.path)
        }
        planned.put(.init(layerEntry: LayerEntry(entry, content), link: link(hardLinkID)))
    }

    /// Likewise, where nothing is at its path, nor was in what lies under the layer.
    mutating func putNew(
        _ entry: TarEntry, _ content: LayerEntry.Content = .none, hardLinkID: String? = nil
    ) throws(BuildError) {
        try Self.refuseWhiteout(entry)
        planned.append(.init(layerEntry: LayerEntry(entry, content), link: link(hardLinkID)))
    }

    private func link(_ hardLinkID: String?) -> PlannedEntries.Link? {
        hardLinkID.map { PlannedEntries.Link(copy: copies, id: $0) }
    }

    private static func refuseWhiteout(_ entry: TarEntry) throws(BuildError) {
        guard !entry.isWhiteout else {
            throw BuildError(
                "`/\(entry.path)` cannot be in an image: its name says that another file is removed",
                hint: "a name must not begin with `\(TarEntry.whiteoutPrefix)`")
        }
    }
}

/// What `--chown` and `--chmod` say of everything that is copied.
struct Attributes: Hashable, Sendable {
    struct Owner: Hashable, Sendable {
        var uid: Int
        var gid: Int
    }

    var owner: Owner?
    var mode: FileMode?

    /// The mode of a directory that is made because it is missing; a number gives its permissions to it, as with BuildKit.
    var directoryMode: UInt16 { mode?.number.map { $0 & 0o777 } ?? 0o755 }
}

extension TarEntry {
    /// The same file as another name of itself.
    func linked(to first: String) -> TarEntry {
        var entry = self
        (entry.kind, entry.size, entry.linkTarget) = (.hardLink, 0, first)
        return entry
    }

    /// What hides everything that the layers below have in this directory.
    var opaqueWhiteout: TarEntry {
        TarEntry(
            path: path.appending(component: Self.opaqueWhiteout), kind: .file, mode: 0o644, modified: modified
        )
    }
}
