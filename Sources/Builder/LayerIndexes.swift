import Archive
import Blobs
import Cryptography
import OCI

/// The tables of contents of layers, kept by diff ID: a layer is read once, and then known.
struct LayerIndexes: Sendable {
    /// A file for each diff ID, in hexadecimal: the table, and behind it the table's own digest.
    let folder: CacheFolder
    let store: BlobStore

    /// Accounts that names are looked up in: kept with the index, so that no layer is unpacked for a `--chown`.
    static let keptPaths: Set<String> = ["etc/passwd", "etc/group"]
    private static let keptSize: Int64 = 256 << 10

    /// How large a layer's archive may be, in bytes.
    private let limit: Int64

    init(directory: String, store: BlobStore, limit: Int64 = Decompressor.usualLimit) {
        self.limit = limit
        folder = CacheFolder(directory: directory)
        self.store = store
    }

    /// The layer's table of contents.
    ///
    /// Throws ``ArchiveError`` or ``BlobError`` when the layer cannot be read, and ``BuildError`` when its archive does
    /// not have the digest that the image's configuration says. Blocks.
    func index(of layer: Layer) throws -> TarIndex {
        if try isKnown(layer), let index = try kept(layer.diffID) { return index }
        let index = try read(layer)
        try keep(index, of: layer)
        return index
    }

    /// The table of contents of a layer that nobody has looked into before; `nil` where it is known already.
    func firstIndex(of layer: Layer) throws -> TarIndex? {
        try isKnown(layer) && folder.contains(layer.diffID.hex) ? nil : index(of: layer)
    }

    func keep(_ index: TarIndex, of layer: Layer) throws(CryptoError) {
        let bytes = index.encoded
        folder.keep(bytes + Array(try Digest(of: bytes).hex.utf8), as: layer.diffID.hex)
        folder.keep([], as: try Self.pair(layer))
    }

    /// Whether the stored layer was seen to hold the archive of its diff ID: any image may claim that it does.
    private func isKnown(_ layer: Layer) throws(CryptoError) -> Bool {
        folder.contains(try Self.pair(layer))
    }

    private static func pair(_ layer: Layer) throws(CryptoError) -> String {
        "pair-" + (try Digest(of: Array("\(layer.descriptor.digest) \(layer.diffID)".utf8)).hex)
    }

    /// The table of an archive that is known by its digest alone; `nil` where it is not known any more.
    func known(_ diffID: Digest) throws(CryptoError) -> TarIndex? { try kept(diffID) }

    /// What ``keep(_:of:)`` kept; `nil` where there is nothing, or it is damaged.
    private func kept(_ diffID: Digest) throws(CryptoError) -> TarIndex? {
        guard var bytes = folder.bytes(diffID.hex) else { return nil }
        let digestSize = 64
        guard bytes.count > digestSize else { return nil }
        let written = String(decoding: bytes.suffix(digestSize), as: UTF8.self)
        bytes.removeLast(digestSize)
        guard try Digest(of: bytes).hex == written else { return nil }
        return TarIndex(decoding: bytes)
    }

    private func read(_ layer: Layer) throws -> TarIndex {
        let decompressor = try Decompressor(limit: limit, source(store.reader(of: layer.descriptor.digest)))
        let source = HashedSource(decompressor, try DigestHasher(layer.diffID.algorithm))
        let index = try TarIndex({ try source.next() }, keepsContent: Self.isKept)
        let found = try source.finish()
        guard found == layer.diffID else {
            throw BuildError(
                "the layer \(layer.descriptor.digest) holds the archive \(found), and its image says \(layer.diffID)",
                hint: "the image is damaged: push it again")
        }
        return index
    }

    static func isKept(_ entry: TarEntry) -> Bool {
        entry.kind == .file && entry.size <= keptSize && keptPaths.contains(entry.path)
    }
}

/// Hashes what it passes on.
private final class HashedSource {
    private let decompressor: Decompressor
    private var hasher: DigestHasher

    init(_ decompressor: Decompressor, _ hasher: consuming DigestHasher) {
        self.decompressor = decompressor
        self.hasher = hasher
    }

    func next() throws -> [UInt8] {
        let bytes = try decompressor.next()
        hasher.update(bytes.span.bytes)
        return bytes
    }

    /// Reads what is behind the archive's end, too, and gives the digest of all.
    func finish() throws -> Digest {
        while case let bytes = try next(), !bytes.isEmpty {}
        return hasher.copy().finish()
    }
}
