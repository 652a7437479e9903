import Archive
import Cryptography
import OCI

/// One member of a layer that is to be written, with where its content comes from.
struct LayerEntry: Sendable {
    enum Content: Sendable {
        case none
        case bytes([UInt8])
        case file(any FileTree, FileNode)
    }

    var entry: TarEntry
    var content: Content

    init(_ entry: TarEntry, _ content: Content = .none) {
        self.entry = entry
        self.content = content
    }

    /// What names the content for ever, or `nil` where only reading tells.
    fileprivate func contentID() throws(CryptoError) -> String? {
        switch content {
        case .none: return ""
        case .bytes(let bytes): return try Digest(of: bytes).description
        case .file(_, let node): return node.contentID
        }
    }

    func read(_ body: (RawSpan) throws -> Void) throws {
        switch content {
        case .none: break
        case .bytes(let bytes): try body(bytes.span.bytes)
        case .file(let tree, let node): try tree.read(node, body)
        }
    }
}

/// The names under which a layer can be found again before it is written.
struct LayerKeys: Hashable, Sendable {
    /// Everything but the contents: names, kinds, modes, owners, sizes.
    var shape: Digest
    /// Everything; `nil` where the contents have no names.
    var full: Digest?
    /// Whether a layer of other names, but of this shape, may be the same.
    var isAmbiguous = false

    init(_ entries: [LayerEntry]) throws(CryptoError) {
        var shape = try DigestHasher()
        var full: DigestHasher? = try DigestHasher()
        var header: [UInt8] = []
        for entry in entries {
            header.removeAll(keepingCapacity: true)
            TarFormat.appendHeader(of: entry.entry, to: &header)
            shape.update(header.span.bytes)
            guard let name = try entry.contentID() else {
                full = nil
                continue
            }
            isAmbiguous = isAmbiguous || name.hasPrefix(FileNode.diskPrefix)
            // The name's end is marked: no two lists of entries give the same bytes.
            header += Array(name.utf8) + [0]
            full?.update(header.span.bytes)
        }
        self.shape = shape.finish()
        self.full = full.take()?.finish()
        isAmbiguous = isAmbiguous || self.full == nil
    }
}
