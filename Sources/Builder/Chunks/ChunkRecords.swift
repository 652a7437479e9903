import Archive
import OCI

/// What is remembered of the layer that each step of a Dockerfile made last.
struct ChunkRecords: Sendable {
    /// One file a step and compression.
    private let folder: CacheFolder
    /// A layer of more chunks, some 30 GB, is not remembered.
    private static let maximumCount = 1 << 16

    init(directory: String) { folder = CacheFolder(directory: directory) }

    /// What a step's layer can take over from the one that it made last; `nil` where there is nothing, or it is gone.
    func reuse(
        of layer: ChunkedEntries, _ keys: LayerKeys, in step: StepMemory.Place, _ writer: LayerWriter
    ) throws -> ChunkReuse? {
        guard let bytes = folder.bytes(try Self.name(step, writer.compression)),
            let record = try ChunkRecord(decoding: bytes)
        else { return nil }
        return try ChunkReuse(record, for: layer, keys, in: writer)
    }

    func keep(
        _ written: LayerWriter.Written, _ keys: LayerKeys, in step: StepMemory.Place,
        _ compression: Compression
    ) throws {
        guard keys.chunks.count <= Self.maximumCount, let record = ChunkRecord(written, keys) else { return }
        folder.keep(try record.encoded(), as: try Self.name(step, compression))
    }

    private static func name(_ step: StepMemory.Place, _ compression: Compression) throws -> String {
        try step.name() + compression.cacheSuffix
    }
}
