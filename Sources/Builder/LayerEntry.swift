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
    func contentID() throws(CryptoError) -> String? {
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
