import Archive
import Blobs
import Cryptography
import FoundationEssentials
import Glibc
import OCI
import Sandbox

/// Layers laid out as directories that overlayfs lays over each other, one directory a layer.
///
/// `NAME/f` is what overlayfs is given, and the time of `NAME/lock` is that of the last use. A directory that is there
/// is whole: it is made in `incoming` and renamed. Processes that make the same one at the same time each make their own,
/// and the first wins. All calls block.
struct Snapshots: Sendable {
    /// Nobody else may look into it: it holds programs of other users' rights.
    let directory: String
    private let store: BlobStore
    /// Names are short: overlayfs takes all layers' names in one page.
    static let nameLength = 20
    /// The directory in a snapshot's folder that overlayfs is given; one letter, for the sake of the page.
    static let files = "f"

    init(directory: String, store: BlobStore) {
        self.directory = directory
        self.store = store
    }

    /// The name of the directory that shows a layer; it is made where it is missing.
    ///
    /// - Parameters:
    ///   - index: the layer's own table of contents.
    ///   - base: the file system under the layer.
    ///
    /// Throws ``BuildError`` for a layer that is not what its image says, or that cannot be laid out as it says.
    func directory(for layer: Layer, index: TarIndex, over base: LayeredTree) throws -> String {
        let layout = try layout(of: layer, index, over: base)
        let name = try layout.name(of: layer.diffID)
        if touch(name) { return name }
        var draft = try SnapshotDraft(in: directory)
        let archive = try DigestedArchive(layer, in: store)
        var writer = try DirectoryWriter(making: draft.files)
        try writer.layOut(layout, index, over: base) { try archive.next() }
        try archive.finish()
        try draft.place(as: name)
        return name
    }

    /// The name of a directory that shows entries as they are.
    ///
    /// - Parameter key: names the entries for ever.
    func name(of entries: [LayerEntry], key: String) throws -> String {
        let text = "entries 1 \(key)\(IDMapping.current.name)"
        let name = String(try Digest(of: Array(text.utf8)).hex.prefix(Self.nameLength))
        if touch(name) { return name }
        var draft = try SnapshotDraft(in: directory)
        var writer = try DirectoryWriter(making: draft.files)
        try writer.layOut(entries)
        try draft.place(as: name)
        return name
    }

    /// Makes a container's upper directory, once ``UpperDirectory/entries()`` has settled it, the directory of the layer
    /// that was made of these.
    ///
    /// Where the layer's directory is there already, the upper one is left to its owner.
    func adopt(
        _ upper: String, as layer: Layer, index: TarIndex, over base: LayeredTree
    ) throws -> String {
        let name = try layout(of: layer, index, over: base).name(of: layer.diffID)
        if touch(name) { return name }
        var draft = try SnapshotDraft(in: directory)
        guard rename(upper, draft.files) == 0 else {
            throw BuildError.failed(to: "keep `\(upper)` as a layer", errno)
        }
        try draft.place(as: name)
        return name
    }

    private func layout(of layer: Layer, _ index: TarIndex, over base: LayeredTree) throws -> LayerLayout {
        try LayerLayout(index, over: base, title: "the layer \(layer.descriptor.digest)")
    }

    /// Whether the directory is there; it counts as used now.
    func touch(_ name: String) -> Bool {
        utimensat(AT_FDCWD, "\(directory)/\(name)/\(FolderUsage.marker)", nil, 0) == 0
    }

    /// Removes what processes left half made or half removed that do not run any more.
    func sweep() throws { try SnapshotDraft.sweep(directory) }
}

/// A layer's archive as it is read, and its digest.
private final class DigestedArchive {
    private let layer: Layer
    private let decompressor: Decompressor
    private var hasher: DigestHasher

    init(_ layer: Layer, in store: BlobStore) throws {
        self.layer = layer
        decompressor = try Decompressor(source(store.reader(of: layer.descriptor.digest)))
        hasher = try DigestHasher(layer.diffID.algorithm)
    }

    func next() throws -> [UInt8] {
        let bytes = try decompressor.next()
        hasher.update(bytes.span.bytes)
        return bytes
    }

    /// Reads what is behind the archive's end, too. Throws ``BuildError`` when it is another archive than it should be.
    func finish() throws {
        while case let bytes = try next(), !bytes.isEmpty {}
        let found = hasher.copy().finish()
        guard found == layer.diffID else {
            throw BuildError(
                "the layer \(layer.descriptor.digest) holds the archive \(found), and its image says \(layer.diffID)",
                hint: "the image is damaged: push it again")
        }
    }
}
