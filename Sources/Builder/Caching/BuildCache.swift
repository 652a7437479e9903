package import Blobs
import FoundationEssentials
import Glibc
import OCI

/// Everything that builds keep to be faster the next time, with a bound on its size.
///
/// What is used counts as used from its beginning; what was used since the oldest running build began is never
/// removed. All calls block.
package struct BuildCache: Sendable {
    let directory: String
    /// Whose blobs belong to the cache; `nil` where they are somebody's images, too.
    let store: BlobStore?

    /// - Parameter directory: ``ImageBuilder``'s cache directory.
    package init(directory: String, store: BlobStore?) {
        self.directory = directory
        self.store = store
    }

    /// One thing that can be removed alone.
    package struct Item: Hashable, Sendable {
        package enum Kind: String, Hashable, Sendable, CaseIterable {
            /// A stored layer, configuration or manifest.
            case blob
            /// What a layer was made of, and what is in it.
            case record
            /// A layer laid out as a directory, for `RUN`.
            case snapshot
            /// A directory of `RUN --mount=type=cache`.
            case mount
            /// A file that `ADD` brought.
            case download
        }

        package var kind: Kind
        /// A digest, or the name of a file or directory of the cache.
        package var name: String
        /// In bytes, as the disk has it.
        package var size: Int64
        /// Nanoseconds since 1970-01-01 00:00:00 UTC.
        package var lastUse: Int64
        /// Whether a running build may use it.
        package var isInUse = false
    }

    /// What a prune is to leave.
    package struct Bounds: Hashable, Sendable {
        /// In bytes.
        package var size: Int64?
        /// What was used at or after this time stays; nanoseconds since 1970-01-01 00:00:00 UTC.
        package var unusedSince: Int64 = .max
        package var kinds = Set(Item.Kind.allCases)

        package init(size: Int64? = nil) { self.size = size }
    }

    private static let folders: [(folder: String, kind: Item.Kind)] = [
        ("layers", .record), ("indexes", .record), ("steps", .record), ("chunks", .record),
        ("snapshots", .snapshot), ("mounts", .mount), ("files", .download),
    ]

    /// All items, the least recently used first.
    package func items() throws -> [Item] {
        var items = try (store?.blobs() ?? []).map { blob in
            Item(kind: .blob, name: blob.digest.description, size: blob.size, lastUse: blob.lastUse)
        }
        for (folder, kind) in Self.folders {
            for name in try FolderUsage.names(in: "\(directory)/\(folder)") {
                guard let usage = try FolderUsage(of: "\(directory)/\(folder)/\(name)") else { continue }
                items.append(
                    Item(
                        kind: kind, name: "\(folder)/\(name)", size: usage.size, lastUse: usage.lastUse))
            }
        }
        let oldest = try BuildUse.oldestStart(in: directory)
        for index in items.indices { items[index].isInUse = items[index].lastUse >= oldest }
        return items.sorted { ($0.lastUse, $0.name) < ($1.lastUse, $1.name) }
    }

    /// Removes items, the least recently used first, until the rest is within the bounds.
    ///
    /// Returns those that were removed.
    @discardableResult
    package func prune(to bounds: Bounds) throws -> [Item] {
        let items = try items()
        var size = items.reduce(0) { $0 + $1.size }
        var removed: [Item] = []
        for item in items where !item.isInUse && bounds.kinds.contains(item.kind) {
            guard item.lastUse < bounds.unusedSince, bounds.size.map({ size > $0 }) ?? true else { continue }
            guard try remove(item) else { continue }
            size -= item.size
            removed.append(item)
        }
        return removed
    }

    /// Removes what is too much, on a thread of its own.
    ///
    /// Looking at everything costs time, and many builds may end at once: who comes less than `pause` seconds after
    /// somebody else looks at nothing.
    package func trim(to size: Int64, pause: Int = 30) async throws {
        try await blocking { _ in
            guard try isDue(pause: pause) else { return }
            try prune(to: Bounds(size: size))
        }
    }

    private func isDue(pause: Int) throws -> Bool {
        let mark = "\(directory)/trimmed"
        if let last = try FolderUsage(of: mark)?.lastUse {
            guard Int64(time(nil)) - last / 1_000_000_000 >= Int64(pause) else { return false }
        }
        let file = open(mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw BuildError("could not write `\(mark)`: \(String(cString: strerror(errno)))")
        }
        defer { close(file) }
        futimens(file, nil)
        return true
    }

    /// Returns whether it is gone: somebody may have begun to use it.
    private func remove(_ item: Item) throws -> Bool {
        let oldest = try BuildUse.oldestStart(in: directory)
        guard item.kind == .blob else {
            return try FolderUsage.remove("\(directory)/\(item.name)", unlessUsedSince: oldest)
        }
        return try store?.evict(Digest(item.name), unlessUsedSince: oldest) ?? 0 > 0
    }
}
