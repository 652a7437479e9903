import Archive

/// A layer that is being put together over what lies under it; nothing is read or written but tables of contents.
///
/// Paths are as in ``FileTree``. Symbolic links of the file system are followed inside its root, as a container would.
struct LayerPlan {
    private let base: LayeredTree
    /// What every time is clamped to, in seconds since 1970-01-01 00:00:00 UTC.
    let epoch: Int64
    private var planned: [String: LayerEntry] = [:]
    /// As many as Linux follows.
    private static let maximumLinks = 40

    init(over base: LayeredTree, epoch: Int64) {
        self.base = base
        self.epoch = epoch
    }

    /// What is to be written, in the layer's order.
    var entries: [LayerEntry] { planned.values.sorted { $0.entry.path.precedes($1.entry.path) } }

    /// What stands at a path once the layer is there: a link itself.
    func entry(at path: String) -> TarEntry? { planned[path]?.entry ?? base.node(at: path)?.entry }

    /// The place that a path means, its links followed; what does not exist is taken as it is written.
    ///
    /// - Parameter followsLast: whether a link at the very place is followed, too.
    func resolve(_ path: String, followsLast: Bool = true) throws(BuildError) -> String {
        var rest = Array(path.split(separator: "/").reversed())
        var resolved = ""
        var links = 0
        while let component = rest.popLast() {
            if component == "." { continue }
            if component == ".." {
                resolved = resolved.parentPath
                continue
            }
            let next = resolved.appending(component: String(component))
            guard let entry = entry(at: next), entry.kind == .symbolicLink, followsLast || !rest.isEmpty
            else {
                resolved = next
                continue
            }
            links += 1
            guard links <= Self.maximumLinks else {
                throw BuildError("`/\(path)` leads through a circle of symbolic links")
            }
            if entry.linkTarget.hasPrefix("/") { resolved = "" }
            rest += entry.linkTarget.split(separator: "/").reversed()
        }
        return resolved
    }

    /// Makes a directory and those above it where they are missing, and returns its place.
    @discardableResult
    mutating func makeDirectory(_ path: String, _ attributes: Attributes = Attributes()) throws(BuildError)
        -> String
    {
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
        try makeMissing(place.parentPath, attributes)
        put(
            TarEntry(
                path: place, kind: .directory, mode: 0o755, uid: attributes.owner?.uid ?? 0,
                gid: attributes.owner?.gid ?? 0, modified: epoch))
    }

    /// Puts an entry at its path, over what may be there.
    mutating func put(_ entry: TarEntry, _ content: LayerEntry.Content = .none) {
        if entry.kind != .directory, planned[entry.path]?.entry.kind == .directory {
            let inside = entry.path + "/"
            for path in planned.keys where path.hasPrefix(inside) { planned[path] = nil }
        }
        planned[entry.path] = LayerEntry(entry, content)
    }
}

/// What `--chown` and `--chmod` say of everything that is copied.
struct Attributes: Hashable, Sendable {
    struct Owner: Hashable, Sendable {
        var uid: Int
        var gid: Int
    }

    var owner: Owner?
    var mode: UInt16?
}
