import Archive
import Blobs
import Cryptography
import OCI

/// Writes layers once more in another compression. What they hold, and so their diff IDs, stays.
///
/// An archive that ``LayerWriter`` wrote becomes what that would have written in the compression, byte for byte. All
/// calls block.
struct LayerRecompressor: Sendable {
    let store: BlobStore
    let cache: LayerCache
    let compression: Compression
    let threads: Int
    /// How large a layer's archive may be, in bytes.
    let limit: Int64
    let isCanceled: @Sendable () -> Bool

    /// The layer in the compression, under the media type of its format; one that is in it already comes back as it is.
    ///
    /// What is known of the old bytes alone, such as their annotations, is left out.
    ///
    /// - Parameter layer: of a type whose compression is known.
    ///
    /// Throws ``BuildError`` where the layer does not hold the archive of its diff ID or is too large, and
    /// ``ArchiveError`` or ``BlobError`` where it cannot be read.
    func layer(_ layer: Layer, in format: ImageFormat) throws -> Layer {
        guard layer.descriptor.mediaType.layerCompression != compression.layerCompression else {
            return layer
        }
        let key = try Digest(
            of: Array("again 2\n\(compression)\n\(layer.descriptor.digest)\n\(layer.diffID)".utf8))
        var descriptor: Descriptor
        if let hit = try cache.layer(named: key) {
            descriptor = hit.layer.descriptor
        } else {
            let (written, size) = try write(layer)
            descriptor = written
            let kept = Layer(descriptor: written, diffID: layer.diffID)
            try cache.keep(.init(layer: kept, tarSize: size, entryCount: 0), named: key)
        }
        descriptor.mediaType = compression.layerType(in: format)
        return Layer(descriptor: descriptor, diffID: layer.diffID)
    }

    /// Returns what is stored, as an OCI layer, and the archive's size.
    private func write(_ layer: Layer) throws -> (Descriptor, tarSize: Int64) {
        let decompressor = try Decompressor(source(store.reader(of: layer.descriptor.digest)))
        let sink = BlobSink(try BlobWriter(store: store))
        var hasher = try DigestHasher(layer.diffID.algorithm)
        var size: Int64 = 0
        // The compressor's threads start last: all before them may throw.
        let compressor = try compression.compressor(threads: threads) { try sink.append($0) }
        var chunker = ArchiveChunker(compressor)
        do {
            while case let piece = try decompressor.next(), !piece.isEmpty {
                if isCanceled() { throw CancellationError() }
                hasher.update(piece.span.bytes)
                try chunker.append(piece)
                size += Int64(piece.count)
                guard size <= limit else { throw Self.tooLarge(layer, limit) }
            }
            try chunker.finish()
            try compressor.finish()
            let found = hasher.finish()
            guard found == layer.diffID else { throw Self.wrong(layer, found) }
            let blob = try sink.finish()
            let type = compression.layerType(in: .oci)
            return (Descriptor(mediaType: type, digest: blob.digest, size: blob.size), size)
        } catch {
            compressor.abandon()
            throw error
        }
    }

    private static func wrong(_ layer: Layer, _ found: Digest) -> BuildError {
        BuildError(
            "the layer \(layer.descriptor.digest) holds the archive \(found), and its image says \(layer.diffID)",
            hint: "the image is damaged: push it again")
    }

    private static func tooLarge(_ layer: Layer, _ limit: Int64) -> BuildError {
        BuildError("the layer \(layer.descriptor.digest) holds more than \(limit) bytes, which is the limit")
    }
}

extension Compression {
    fileprivate var layerCompression: LayerCompression {
        switch self {
        case .none: .none
        case .gzip: .gzip
        case .zstd: .zstd
        }
    }

    /// What a layer compressed so is called; Docker's schema 2 has no name for zstd that others would know.
    fileprivate func layerType(in format: ImageFormat) -> MediaType {
        switch (format, self) {
        case (.docker, .none): .dockerLayer
        case (.docker, .gzip): .dockerLayerGzip
        default: .layer(layerCompression)
        }
    }
}
