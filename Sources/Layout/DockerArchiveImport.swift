import Archive
import Blobs
import Cryptography
import Glibc
import OCI

/// Makes an image in the store out of one in a `docker save` archive.
///
/// A layer that is compressed with gzip or zstd is kept as it is; any other is compressed with gzip, so the
/// same archive gives the same image. Layers must have the diff IDs that the configuration says.
struct DockerArchiveImport {
    let files: any LayoutFiles
    let store: BlobStore
    let transfer: VerifiedTransfer

    /// Returns the manifest's descriptor.
    func bring(_ image: DockerArchiveImage) throws -> Descriptor {
        let bytes = try DockerArchiveReader(files: files, images: []).config(of: image)
        let config = try LayoutError.reading("the configuration `\(image.config)`", files.operation) {
            () throws(DocumentError) in
            try ImageConfig(parsing: bytes)
        }
        guard config.diffIDs.count == image.layers.count else {
            throw LayoutError(
                .damaged, files.operation,
                "the configuration `\(image.config)` has \(config.diffIDs.count) layers, and the image \(image.layers.count)"
            )
        }
        var layers: [Descriptor] = []
        for (path, diffID) in zip(image.layers, config.diffIDs) {
            guard let file = try files.file(path) else {
                throw LayoutError(.damaged, files.operation, "the layer `\(path)` is missing")
            }
            do { layers.append(try layer(file, path, diffID)) } catch let error as ArchiveError {
                throw LayoutError(
                    .damaged, files.operation, "the layer `\(path)` is damaged: \(error.message)")
            }
        }
        return try write(layers, configBytes: bytes)
    }

    private func write(_ layers: [Descriptor], configBytes: [UInt8]) throws -> Descriptor {
        let digest = try store.write(configBytes)
        let config = Descriptor(mediaType: .ociConfig, digest: digest, size: Int64(configBytes.count))
        let manifest = ImageManifest(config: config, layers: layers).json.canonical
        return Descriptor(
            mediaType: .ociManifest, digest: try store.write(manifest), size: Int64(manifest.count))
    }

    private func layer(_ file: any ByteSource, _ path: String, _ diffID: Digest) throws -> Descriptor {
        let first = try file.piece(at: 0, count: TarFormat.blockSize)
        let sink = BlobSink(try BlobWriter(store: store))
        let found: (diffID: Digest, compression: LayerCompression)
        if first.starts(with: [0x1F, 0x8B]) {
            found = (try keep(file, sink, diffID.algorithm), .gzip)
        } else if first.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) {
            found = (try keep(file, sink, diffID.algorithm), .zstd)
        } else {
            // An archive is taken as it is: its first name could look like what a compressor writes.
            let pieces = TarFormat.isHeader(first) ? file.pieces() : try Decompressor(file.pieces()).next
            found = (try compress(pieces, sink, diffID.algorithm), .gzip)
        }
        guard found.diffID == diffID else {
            throw LayoutError(
                .damaged, files.operation,
                "the layer `\(path)` should have the diff ID `\(diffID)`, and has `\(found.diffID)`")
        }
        let blob = try sink.finish()
        return Descriptor(mediaType: .layer(found.compression), digest: blob.digest, size: blob.size)
    }

    /// Stores a compressed layer, and returns the digest of the archive in it.
    private func keep(
        _ file: any ByteSource, _ sink: BlobSink, _ algorithm: Digest.Algorithm
    ) throws -> Digest {
        let pieces = file.pieces()
        let stored: Pieces = {
            let piece = try pieces()
            try sink.append(piece)
            return piece
        }
        let decompressor = try Decompressor(stored)
        var hasher = try DigestHasher(algorithm)
        while case let piece = try decompressor.next(), !piece.isEmpty {
            if transfer.isCanceled() { throw CancellationError() }
            piece.withUnsafeBytes { hasher.update($0) }
        }
        // What stands behind the compressed data is part of the blob all the same.
        while try !stored().isEmpty {}
        return hasher.finish()
    }

    /// Stores a layer's archive with gzip, and returns its digest.
    private func compress(
        _ pieces: Pieces, _ sink: BlobSink, _ algorithm: Digest.Algorithm
    ) throws -> Digest {
        var hasher = try DigestHasher(algorithm)
        let compressor = try Compression.gzip.compressor(threads: Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) {
            try sink.append($0)
        }
        do {
            var chunk: [UInt8] = []
            while case let piece = try pieces(), !piece.isEmpty {
                if transfer.isCanceled() { throw CancellationError() }
                piece.withUnsafeBytes { hasher.update($0) }
                var rest = piece[...]
                while !rest.isEmpty {
                    let count = min(rest.count, Compression.chunkSize - chunk.count)
                    chunk += rest.prefix(count)
                    rest = rest.dropFirst(count)
                    guard chunk.count == Compression.chunkSize else { continue }
                    try compressor.write(chunk)
                    chunk = compressor.spareChunk()
                }
            }
            if !chunk.isEmpty { try compressor.write(chunk) }
            try compressor.finish()
        } catch {
            compressor.abandon()
            throw error
        }
        return hasher.finish()
    }
}
