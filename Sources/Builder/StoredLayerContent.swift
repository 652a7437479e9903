import Archive
import Blobs
import OCI
import Synchronization

/// The contents of a layer in the blob store; it is decompressed into a scratch file when the first is asked for.
final class StoredLayerContent: LayerContent {
    private let layer: Layer
    private let store: BlobStore
    /// Small files that the table of contents keeps.
    private let kept: [String: [UInt8]]
    private let archive = Mutex<ArchiveContent?>(nil)

    init(layer: Layer, index: TarIndex, store: BlobStore) {
        self.layer = layer
        self.store = store
        var kept: [String: [UInt8]] = [:]
        for member in index.members { if let content = member.content { kept[member.entry.path] = content } }
        self.kept = kept
    }

    func identity(of member: TarIndex.Member) -> String? {
        // An archive may hold a path twice, but no place.
        "\(layer.diffID)/\(member.offset.map(String.init) ?? member.entry.path)"
    }

    func read(_ node: FileNode, _ body: (RawSpan) throws -> Void) throws {
        if let bytes = kept[node.position.path] { return try body(bytes.span.bytes) }
        try opened().read(node, body)
    }

    private func opened() throws -> ArchiveContent {
        try archive.withLock { archive in
            if let archive { return archive }
            let reader = try store.reader(of: layer.descriptor.digest)
            let content = try ArchiveContent(decompressing: reader, into: store)
            archive = content
            return content
        }
    }
}
