import Archive
import Blobs
import Cryptography
package import OCI

/// What is changed in images without building them.
extension ImageBuilder {
    /// Writes an image's configuration and manifest over layers that are in the store. Blocks.
    ///
    /// The configuration's diff IDs are those of the layers.
    package func assemble(
        _ config: ImageConfig, layers: [Layer], annotations: [String: String] = [:]
    ) throws -> BuiltImage {
        var config = config
        config.diffIDs = layers.map(\.diffID)
        let manifest = try ImageAssembler(store: store).assemble(
            config: config, layers: layers, annotations: annotations)
        return BuiltImage(manifest: manifest, config: config, layers: layers, bases: [])
    }

    /// Makes a layer out of a tar archive, in any common compression, as it is: its order and times stay. Blocks.
    ///
    /// Throws ``ArchiveError`` where it is none, and what the disk does.
    package func layer(outOf archive: Digest) throws -> Layer {
        // Read through once: what is no archive must not become a layer.
        _ = try ArchiveContent(decompressing: store.reader(of: archive), into: store).index()
        let sink = BlobSink(try BlobWriter(store: store))
        let gzip = try GzipWriter(threads: 2) { try sink.append($0) }
        do {
            var hasher = try DigestHasher()
            let archive = try Decompressor(source(store.reader(of: archive)))
            var chunker = ArchiveChunker(gzip)
            while case let piece = try archive.next(), !piece.isEmpty {
                hasher.update(piece.span.bytes)
                try chunker.append(piece)
            }
            try chunker.finish()
            try gzip.finish()
            let blob = try sink.finish()
            let descriptor = Descriptor(mediaType: .layer(.gzip), digest: blob.digest, size: blob.size)
            return Layer(descriptor: descriptor, diffID: hasher.finish())
        } catch {
            gzip.abandon()
            throw error
        }
    }

    /// Makes a layer of a directory's files, as `COPY . /` would. Blocks.
    package func layer(outOf directory: DirectoryTree, at target: String) throws -> Layer {
        var plan = LayerPlan(over: LayeredTree(), epoch: 0)
        let root = SourceFinder.Found(node: try directory.node(at: "") ?? .root, name: "")
        try plan.copy(root, CopyRequest(sources: [], destination: target), from: directory)
        let writer = LayerWriter(store: store, threads: 2, isCanceled: { false })
        return try writer.write(plan.entries).layer
    }

    /// What is different between the files of two images, by path, sorted. Blocks.
    package func fileDifferences(between first: [Layer], and second: [Layer]) throws -> [FileDifference] {
        let (before, after) = (try files(of: first), try files(of: second))
        var differences: [FileDifference] = []
        for path in Set(before.keys).union(after.keys).sorted(by: { $0.text.precedes($1.text) }) {
            switch (before[path], after[path]) {
            case (nil, .some): differences.append(FileDifference(path: "/" + path.text, change: .added))
            case (.some, nil): differences.append(FileDifference(path: "/" + path.text, change: .removed))
            case (let old?, let new?):
                let aspects = try old.differences(from: new)
                if !aspects.isEmpty {
                    differences.append(FileDifference(path: "/" + path.text, change: .changed(aspects)))
                }
            case (nil, nil): break
            }
        }
        return differences
    }

    private func files(of layers: [Layer]) throws -> [PathKey: ComparedFile] {
        let indexes = LayerIndexes(directory: "\(cacheDirectory)/indexes", store: store)
        let tree = try LayeredTree(of: layers, indexes: indexes, store: store)
        var files: [PathKey: ComparedFile] = [:]
        tree.visitDirectories { directory in
            for child in tree.children(of: directory) {
                files[PathKey(child.path)] = ComparedFile(node: child, tree: tree)
            }
        }
        return files
    }
}

/// A path at which two images differ.
package struct FileDifference: Hashable, Sendable {
    package enum Change: Hashable, Sendable {
        case added
        case removed
        /// What of it: `type`, `mode`, `owner`, `size`, `content`, `link`, `attributes`.
        case changed([String])
    }

    package var path: String
    package var change: Change
}

/// A file of one of two images that are compared. Times are no difference.
private struct ComparedFile {
    let node: FileNode
    let tree: LayeredTree

    func differences(from other: ComparedFile) throws -> [String] {
        let (a, b) = (node.entry, other.node.entry)
        guard a.kind == b.kind else { return ["type"] }
        var aspects: [String] = []
        if a.mode != b.mode, a.kind != .symbolicLink { aspects.append("mode") }
        if a.uid != b.uid || a.gid != b.gid { aspects.append("owner") }
        if a.linkTarget != b.linkTarget { aspects.append("link") }
        if a.extendedAttributes != b.extendedAttributes { aspects.append("attributes") }
        if a.size != b.size {
            aspects.append("size")
        } else if a.kind == .file, node.contentID == nil || node.contentID != other.node.contentID,
            try digest() != other.digest()
        {
            aspects.append("content")
        }
        return aspects
    }

    private func digest() throws -> Digest {
        var hasher = try DigestHasher()
        try tree.read(node) { hasher.update($0) }
        return hasher.finish()
    }
}
