import Archive
import Blobs
import Cryptography
import FoundationEssentials
import OCI

/// The tables of contents of layers, kept by diff ID: a layer is read once, and then known.
struct LayerIndexes: Sendable {
    /// `DIFF-ID` in hexadecimal, a file each; all can be made anew.
    let directory: String
    let store: BlobStore

    /// Accounts that names are looked up in: kept with the index, so that no layer is unpacked for a `--chown`.
    static let keptPaths: Set<String> = ["etc/passwd", "etc/group"]
    private static let keptSize: Int64 = 256 << 10

    private func url(of diffID: Digest) -> URL { URL(filePath: "\(directory)/\(diffID.hex)") }

    /// The layer's table of contents.
    ///
    /// Throws ``ArchiveError`` or ``BlobError`` when the layer cannot be read, and ``BuildError`` when its archive does
    /// not have the digest that the image's configuration says. Blocks.
    func index(of layer: Layer) throws -> TarIndex {
        // A file that cannot be read, or is damaged, is made anew.
        if let bytes = try? Data(contentsOf: url(of: layer.diffID)),
            let index = TarIndex(decoding: Array(bytes))
        {
            return index
        }
        let index = try read(layer)
        try keep(index, of: layer.diffID)
        return index
    }

    func keep(_ index: TarIndex, of diffID: Digest) throws {
        try Data(index.encoded).write(to: url(of: diffID), options: .atomic)
    }

    private func read(_ layer: Layer) throws -> TarIndex {
        let decompressor = try Decompressor(source(store.reader(of: layer.descriptor.digest)))
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
