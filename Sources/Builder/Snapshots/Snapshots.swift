import Archive
import Blobs
import Cryptography
import Foundation
import Glibc
import OCI

/// Layers laid out as directories that overlayfs lays over each other, one directory a layer.
///
/// A directory that is there is whole: it is made beside its place and renamed. Processes that make the same one at the
/// same time each make their own, and the first wins. All calls block.
struct Snapshots: Sendable {
    let directory: String
    private let store: BlobStore
    /// Names are short: overlayfs takes all layers' names in one page.
    static let nameLength = 24

    init(directory: String, store: BlobStore) {
        self.directory = directory
        self.store = store
    }

    /// Where directories are while they are made.
    private var incoming: String { "\(directory)/incoming" }

    /// The name of the directory that shows a layer.
    ///
    /// - Parameter base: the file system under the layer.
    func name(of layer: Layer, _ contents: LayerTable.Contents, over base: LayeredTree) throws -> String {
        let layout = LayerLayout(contents.index, content: contents.content, over: base)
        let name = try layout.name(of: layer.diffID)
        if claim(name) { return name }
        try make(name) { writer in
            let archive = try Decompressor(source(store.reader(of: layer.descriptor.digest)))
            try writer.layOut(layout, contents.index, from: archive, over: base)
        }
        return name
    }

    /// The name of a directory that shows entries as they are.
    ///
    /// - Parameter key: names the entries for ever.
    func name(of entries: [LayerEntry], key: String) throws -> String {
        let name = String(try Digest(of: Array("entries 1 \(key)".utf8)).hex.prefix(Self.nameLength))
        if claim(name) { return name }
        try make(name) { writer in try writer.layOut(entries) }
        return name
    }

    /// Makes a directory that is a container's upper one the directory of the layer that was made of it.
    func adopt(
        _ upper: String, as layer: Layer, _ contents: LayerTable.Contents, over base: LayeredTree
    ) throws -> String {
        let name = try LayerLayout(contents.index, content: contents.content, over: base).name(
            of: layer.diffID)
        if !claim(name) { try place(upper, as: name) }
        return name
    }

    /// Whether the directory is there; it counts as used now.
    private func claim(_ name: String) -> Bool {
        utimensat(AT_FDCWD, "\(directory)/\(name)/\(FolderUsage.marker)", nil, 0) == 0
    }

    private func make(_ name: String, _ fill: (borrowing DirectoryWriter) throws -> Void) throws {
        try FileManager.default.createDirectory(atPath: incoming, withIntermediateDirectories: true)
        let path = "\(incoming)/\(name)-\(UUID().uuidString)"
        do {
            try fill(DirectoryWriter(making: path))
            try place(path, as: name)
        } catch {
            // What is left is swept when no build runs.
            try? FileManager.default.removeItem(atPath: path)
            throw error
        }
    }

    /// The files are in a directory of their own, beside the mark of the last use.
    private func place(_ path: String, as name: String) throws {
        let folder = "\(incoming)/\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data().write(to: URL(filePath: "\(folder)/\(FolderUsage.marker)"))
        guard rename(path, "\(folder)/\(Self.files)") == 0, rename(folder, "\(directory)/\(name)") == 0 else {
            let code = errno
            try FileManager.default.removeItem(atPath: folder)
            // Another build was faster with the same.
            guard code == EEXIST || code == ENOTEMPTY, claim(name) else {
                throw BuildError("could not keep the layer at `\(name)`: \(String(cString: strerror(code)))")
            }
            return
        }
    }

    /// The directory in a snapshot's folder that overlayfs is given; one letter, for the sake of the page.
    static let files = "f"

    /// Removes what builds that were killed left half made; call it only where no build runs.
    func sweep() throws {
        guard access(incoming, F_OK) == 0 else { return }
        try FileManager.default.removeItem(atPath: incoming)
    }
}
