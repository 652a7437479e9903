import Archive
package import Blobs
import FoundationEssentials
import OCI

/// The files of an image, as a container would see them. All calls block.
package struct FlattenedImage: Sendable {
    private let tree: LayeredTree
    private let store: BlobStore

    /// Lays the layers over each other; only their tables of contents are read.
    ///
    /// - Parameter cacheDirectory: ``ImageBuilder``'s.
    ///
    /// Throws ``BuildError`` for a layer that is not what the image says.
    package init(_ layers: [Layer], store: BlobStore, cacheDirectory: String) throws {
        let indexes = LayerIndexes(directory: "\(cacheDirectory)/indexes", store: store)
        let tree = try LayeredTree(of: layers, indexes: indexes, store: store)
        self.tree = tree
        self.store = store
    }

    /// Everything that is in it, sorted; of files with several names the first is the file.
    private func entries() throws -> [LayerEntry] {
        var plan = LayerPlan(over: LayeredTree(), epoch: .max)
        try plan.unpack(tree, to: "/", owner: nil)
        return plan.entries
    }

    /// Writes all files as one archive, the same for the same image.
    ///
    /// - Parameter write: takes the archive's bytes in order.
    package func writeArchive(_ write: @escaping ([UInt8]) throws -> Void) throws {
        var piece: [UInt8] = []
        for entry in try entries() {
            TarFormat.appendHeader(of: entry.entry, to: &piece)
            try entry.read { bytes in
                bytes.withUnsafeBytes { piece.append(contentsOf: $0) }
                if piece.count >= Self.pieceSize { try Self.pass(&piece, to: write) }
            }
            piece += [UInt8](repeating: 0, count: TarFormat.padding(after: entry.entry.size))
            if piece.count >= Self.pieceSize { try Self.pass(&piece, to: write) }
        }
        piece += TarFormat.end
        try Self.pass(&piece, to: write)
    }

    private static let pieceSize = 256 << 10

    private static func pass(_ piece: inout [UInt8], to write: ([UInt8]) throws -> Void) throws {
        try write(piece)
        piece.removeAll(keepingCapacity: true)
    }

    /// Puts the files of images into a directory. What is there stays, unless an image has the same name; nothing is
    /// changed before all files are laid out beside it.
    ///
    /// - Parameter images: each with the folder that it goes to; an empty one is the directory itself.
    package static func write(_ images: [(folder: String, image: FlattenedImage)], to directory: String)
        throws
    {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let aside = "\(directory)/.slipway-\(UUID().uuidString)"
        do {
            if images.contains(where: { !$0.folder.isEmpty }) {
                try FileManager.default.createDirectory(atPath: aside, withIntermediateDirectories: false)
            }
            for (folder, image) in images { try image.layOut(as: aside.appending(component: folder)) }
            try DirectoryMerge.move(aside, into: directory)
            try DirectoryMerge.discard(aside)
        } catch {
            // It is this call's own, and half made.
            try? DirectoryMerge.discard(aside)
            throw error
        }
    }

    private func layOut(as directory: String) throws {
        var writer = try DirectoryWriter(making: directory, keepsOwners: DirectoryWriter.canGiveAway)
        try writer.layOut(entries())
    }
}
