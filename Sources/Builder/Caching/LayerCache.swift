import Archive
import Blobs
import FoundationEssentials
import OCI

/// Layers by what they are made of (design, "A layer is keyed by what it is made of").
///
/// A layer's entries, down to each header's bytes and each content's name, decide its bytes: the same entries are the
/// same layer, whatever the base under it became. Contents without names are known by the digest of the archive
/// instead, which is taken only where a layer of the same shape was made before.
struct LayerCache: Sendable {
    /// One small file a key.
    let folder: CacheFolder
    let store: BlobStore
    /// Layers in one compression are none in another.
    private let suffix: String
    private let journal: CacheJournal?
    private let shared: (any SharedLayers)?

    /// - Parameter shared: is asked for layers that are known here, and not in the store.
    init(
        directory: String, store: BlobStore, compression: Compression = .gzip, journal: CacheJournal? = nil,
        shared: (any SharedLayers)? = nil
    ) {
        self.shared = shared
        folder = CacheFolder(directory: directory)
        self.store = store
        self.journal = journal
        suffix = compression.cacheSuffix
    }

    /// A layer that was made, as a file of the cache tells it.
    struct Record: Codable {
        var digest: String
        var size: Int64
        var mediaType: String
        var diffID: String
        var tarSize: Int64
        var entryCount: Int
    }

    /// A layer that is still in the store.
    struct Hit {
        var layer: Layer
        var tarSize: Int64
        var entryCount: Int
    }

    func layer(named key: Digest) throws -> Hit? { try hit("full-\(key.hex)") }

    func layer(withDiffID diffID: Digest) throws -> Hit? { try hit("diff-\(diffID.hex)") }

    /// The layer of a ``CopyKey``.
    func layer(copiedAs key: Digest) throws -> Hit? { try hit("copy-\(key.hex)") }

    func keep(_ hit: Hit, copiedAs key: Digest) throws {
        try keep(hit, as: "copy-\(key.hex)\(suffix)")
    }

    /// What a `RUN` made before; `nil` where it was not run, or the layer is gone.
    func layer(ranAs key: Digest) throws -> Ran? {
        let name = "run-\(key.hex)"
        if let hit = try hit(name) { return Ran(layer: hit) }
        guard folder.bytes(name + suffix) == [] else { return nil }
        journal?.add(name + suffix, nil)
        return Ran(layer: nil)
    }

    /// - Parameter hit: `nil` for a step that changed nothing.
    func keep(_ hit: Hit?, ranAs key: Digest) throws {
        try keep(hit, as: "run-\(key.hex)\(suffix)")
    }

    /// What became of a `RUN`.
    struct Ran {
        /// `nil` where it changed nothing.
        var layer: Hit?
    }

    /// Whether a layer with these headers was made before.
    func knows(shape: Digest) -> Bool { folder.contains("shape-\(shape.hex)\(suffix)") }

    /// - Parameters:
    ///   - full: everything that is in the layer; `nil` where a content has no name.
    ///   - shape: what a layer of other names has in common with it; `nil` where only one of these names can be it.
    func keep(_ written: LayerWriter.Written, under full: Digest?, shape: Digest?) throws {
        let hit = Hit(
            layer: written.layer, tarSize: written.tarSize, entryCount: written.index.members.count)
        if let full { try keep(hit, as: "full-\(full.hex)\(suffix)") }
        guard let shape else { return }
        try keep(hit, as: "diff-\(written.layer.diffID.hex)\(suffix)")
        try keep(nil, as: "shape-\(shape.hex)\(suffix)")
    }

    /// Another name of a layer that was found by its diff ID.
    func keep(_ hit: Hit, named key: Digest) throws { try keep(hit, as: "full-\(key.hex)\(suffix)") }

    /// Keeps a layer, or that there is none, under a whole name.
    func keep(_ hit: Hit?, as name: String) throws {
        folder.keep(try hit.map(record) ?? [], as: name)
        journal?.add(name, hit)
    }

    /// Whether a text is a name that this cache gives: a kind, a digest, and perhaps a compression.
    static func isName(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return (2...3).contains(parts.count) && ["full", "diff", "shape", "copy", "run"].contains(parts[0])
            && parts.dropFirst().allSatisfy {
                $0.utf8.count <= 64 && $0.allSatisfy { $0.isLetter || $0.isNumber }
            }
    }

    private func record(of hit: Hit) throws -> [UInt8] {
        let layer = hit.layer
        return Array(
            try JSONEncoder().encode(
                Record(
                    digest: layer.descriptor.digest.description, size: layer.descriptor.size,
                    mediaType: layer.descriptor.mediaType.description, diffID: layer.diffID.description,
                    tarSize: hit.tarSize, entryCount: hit.entryCount)))
    }

    private func hit(_ name: String) throws -> Hit? {
        // A record that cannot be read is one that is not there: the layer is made again.
        guard let bytes = folder.bytes(name + suffix),
            let record = try? JSONDecoder().decode(Record.self, from: Data(bytes)),
            let digest = try? Digest(record.digest), let diffID = try? Digest(record.diffID)
        else { return nil }
        let descriptor = Descriptor(
            mediaType: MediaType(record.mediaType), digest: digest, size: record.size)
        if try store.claim(digest) != record.size {
            guard shared?.bring(descriptor) == true, try store.claim(digest) == record.size else {
                return nil
            }
        }
        let hit = Hit(
            layer: Layer(descriptor: descriptor, diffID: diffID), tarSize: record.tarSize,
            entryCount: record.entryCount)
        journal?.add(name + suffix, hit)
        return hit
    }
}
