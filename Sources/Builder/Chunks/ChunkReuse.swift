import Archive
import Blobs
import OCI

/// The chunks of a layer that is to be written which an older layer in the store has, too.
struct ChunkReuse: Sendable {
    /// The older layer, as it is stored.
    let layer: Digest
    let blob: any RandomAccess
    let compression: Compression
    /// Where the older layer has them, by their numbers in the new one.
    let places: [Int: CompressedChunk]
    /// How many bytes of the new layer's archive they are.
    let size: Int64

    /// `nil` where there is nothing to take over.
    init?(_ record: ChunkRecord, for layer: ChunkedEntries, _ keys: LayerKeys, in maker: LayerWriter) throws {
        // Chunks may be there twice, and are then the same.
        let known = Dictionary(record.chunks.map { ($0.key, $0.place) }) { first, _ in first }
        var places: [Int: CompressedChunk] = [:]
        var size: Int64 = 0
        for (number, key) in keys.chunks.enumerated() {
            guard let place = key.flatMap({ known[$0.hex] }), place.rawLength == layer.chunks[number].length
            else { continue }
            places[number] = place
            size += Int64(place.rawLength)
        }
        guard !places.isEmpty, try maker.store.claim(record.blob) == record.size else { return nil }
        self.layer = record.blob
        blob = try maker.store.reader(of: record.blob)
        compression = maker.compression
        self.places = places
        self.size = size
    }

    func reader(threads: Int) throws -> ChunkReader { try ChunkReader(self, threads: threads) }

    /// The chunk, whole and verified; `nil` where it is not.
    func chunk(_ number: Int) -> ChunkReader.Chunk? {
        // What cannot be read is made anew.
        guard let place = places[number],
            let compressed = try? blob.bytes(at: place.offset, count: place.length),
            let raw = compression.raw(compressed, of: place)
        else { return nil }
        return ChunkReader.Chunk(raw: raw, compressed: compressed, place: place)
    }
}
