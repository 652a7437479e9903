import Archive
package import Blobs
package import OCI

/// Makes an image of one layer out of a root file system's archive, as `docker import` does.
package struct ImageImporter: Sendable {
    private let store: BlobStore
    private let threads: Int

    /// - Parameter threads: how many compress; the bytes do not depend on it.
    package init(store: BlobStore, threads: Int) {
        self.store = store
        self.threads = threads
    }

    /// Writes the image's layer, configuration and manifest, and returns the manifest's descriptor.
    ///
    /// - Parameters:
    ///   - archive: a tar archive in the store, in any common compression.
    ///   - config: what the image is to say; layers and history are filled in.
    ///
    /// The same archive gives the same image: entries are sorted, and their times and owners stay. Throws
    /// ``ArchiveError`` when the archive cannot be read, and ``BuildError`` when it holds nothing, or a name that would hide
    /// a file.
    package func importArchive(_ archive: Digest, config: ImageConfig) async throws -> Descriptor {
        try await blocking { isCanceled in
            let content = try ArchiveContent(decompressing: store.reader(of: archive), into: store)
            let index = try content.index()
            guard !index.members.isEmpty else { throw BuildError("the archive holds no files") }
            let writer = LayerWriter(store: store, threads: threads, isCanceled: isCanceled)
            let written = try writer.write(Self.entries(of: index, content))
            var config = config
            config.diffIDs = [written.layer.diffID]
            let modified = index.members.map(\.entry.modified).max() ?? 0
            config.created = RFC3339.text(modified)
            config.history = [
                ImageConfig.HistoryEntry(
                    created: config.created, createdBy: "slipway image import", isEmptyLayer: false)
            ]
            return try ImageAssembler(store: store).assemble(config: config, layers: [written.layer])
        }
    }

    /// The archive's members, sorted, each path once; of files that are linked to each other the first is the file.
    private static func entries(of index: TarIndex, _ content: ArchiveContent) throws -> [LayerEntry] {
        var tree = LayeredTree()
        tree.unpack(index, content: content)
        // Nothing is clamped: the archive's times are its own.
        var plan = LayerPlan(over: LayeredTree(), epoch: .max)
        try plan.unpack(tree, to: "/", owner: nil)
        return plan.entries
    }
}
