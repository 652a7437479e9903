import Archive
import Cryptography
import OCI

/// What is remembered of a layer that was written: what is in each chunk, and where in the stored layer it is.
struct ChunkRecord: Hashable, Sendable {
    /// The stored layer.
    var blob: Digest
    /// In bytes.
    var size: Int64
    var chunks: [Kept]

    struct Kept: Hashable, Sendable {
        /// As ``LayerKeys/chunks`` has it.
        var key: String
        var place: CompressedChunk
    }

    private static let magic = Array("slipway-chunks-1\n".utf8)
    private static let digestSize = 64

    init(blob: Digest, size: Int64, chunks: [Kept]) {
        self.blob = blob
        self.size = size
        self.chunks = chunks
    }

    /// What is to be remembered of a layer; `nil` where there is nothing to find again.
    init?(_ written: LayerWriter.Written, _ keys: LayerKeys) {
        guard written.chunks.count == keys.chunks.count else { return nil }
        let chunks = zip(keys.chunks, written.chunks).compactMap { key, place in
            key.map { Kept(key: $0.hex, place: place) }
        }
        guard !chunks.isEmpty else { return nil }
        let descriptor = written.layer.descriptor
        self.init(blob: descriptor.digest, size: descriptor.size, chunks: chunks)
    }

    /// A compact form, with its own digest behind it.
    func encoded() throws(CryptoError) -> [UInt8] {
        var encoder = CompactEncoder(bytes: Self.magic)
        encoder.put(blob.description.utf8)
        encoder.put(size)
        encoder.put(Int64(chunks.count))
        for chunk in chunks {
            encoder.put(chunk.key.utf8)
            encoder.put(chunk.place.offset)
            encoder.put(Int64(chunk.place.length))
            encoder.put(Int64(chunk.place.rawLength))
            encoder.put(Int64(chunk.place.checksum))
            encoder.put(Int64(chunk.place.rawChecksum))
        }
        return encoder.bytes + Array(try Digest(of: encoder.bytes).hex.utf8)
    }

    /// Reads ``encoded()``; `nil` where the bytes are not that.
    init?(decoding bytes: [UInt8]) throws(CryptoError) {
        let body = Array(bytes.dropLast(Self.digestSize))
        guard body.starts(with: Self.magic),
            try Digest(of: body).hex == String(decoding: bytes.suffix(Self.digestSize), as: UTF8.self)
        else { return nil }
        var decoder = CompactDecoder(bytes: body, position: Self.magic.count)
        guard let text = decoder.text(), let blob = try? Digest(text), let size = decoder.number(),
            // Each chunk takes several bytes: a count beyond that is damage.
            let count = decoder.int(), (0...body.count).contains(count)
        else { return nil }
        self.init(blob: blob, size: size, chunks: [])
        for _ in 0..<count {
            guard let key = decoder.text(), let offset = decoder.number(), let length = decoder.int(),
                let rawLength = decoder.int(), let checksum = decoder.number().flatMap(UInt32.init(exactly:)),
                let rawChecksum = decoder.number().flatMap(UInt32.init(exactly:)),
                (0...size).contains(offset), length >= 0, Int64(length) <= size - offset
            else { return nil }
            let place = CompressedChunk(
                offset: offset, length: length, rawLength: rawLength, checksum: checksum,
                rawChecksum: rawChecksum)
            chunks.append(Kept(key: key, place: place))
        }
        guard decoder.isAtEnd else { return nil }
    }
}
