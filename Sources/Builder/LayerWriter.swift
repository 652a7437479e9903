import Archive
import Blobs
import Cryptography
import OCI
import Synchronization

/// Writes layers in one streaming pass: entries, tar, digest, gzip, digest, blob store. Memory is constant.
struct LayerWriter: Sendable {
    let store: BlobStore
    /// How many threads compress; the bytes do not depend on it.
    let threads: Int
    var compression = Compression.gzip
    /// Asked between two pieces; the write ends with `CancellationError` once it says so.
    let isCanceled: @Sendable () -> Bool

    /// A layer that is in the store.
    struct Written {
        var layer: Layer
        var index: TarIndex
        /// The archive's size in bytes.
        var tarSize: Int64
    }

    /// Writes the layer. Blocks.
    ///
    /// - Parameter entries: sorted, each path once.
    ///
    /// Throws ``BlobError`` when the disk does not take it, and what reading the contents throws; nothing is left then.
    func write(_ entries: [LayerEntry]) throws -> Written {
        let sink = BlobSink(try BlobWriter(store: store))
        // The compressor's threads start last: all before them may throw.
        let hasher = try DigestHasher()
        let compressor = try compression.compressor(threads: threads) { try sink.append($0) }
        var pass = TarPass(hasher: hasher, compressor: compressor)
        do {
            let index = try pass.append(entries, isCanceled)
            try compressor.finish()
            let tarSize = pass.size
            let diffID = pass.finish()
            let blob = try sink.finish()
            let descriptor = Descriptor(
                mediaType: compression.mediaType, digest: blob.digest, size: blob.size)
            return Written(
                layer: Layer(descriptor: descriptor, diffID: diffID), index: index, tarSize: tarSize)
        } catch {
            compressor.abandon()
            throw error
        }
    }

    /// The digest that the layer's archive has, without writing it. Blocks.
    func diffID(of entries: [LayerEntry]) throws -> Digest {
        var pass = TarPass(hasher: try DigestHasher(), compressor: nil)
        _ = try pass.append(entries, isCanceled)
        return pass.finish()
    }
}

extension Compression {
    fileprivate var mediaType: MediaType {
        switch self {
        case .none: .ociLayer
        case .gzip: .layer(.gzip)
        case .zstd: .layer(.zstd)
        }
    }

    /// What tells the cache's records of layers in this compression from others; nothing for the usual one.
    var cacheSuffix: String {
        switch self {
        case .none: "-plain"
        case .gzip: ""
        case .zstd(let level): "-zstd\(level)"
        }
    }
}

/// One pass over a layer's bytes, in chunks of the compressor's size.
private struct TarPass: ~Copyable {
    private var hasher: DigestHasher
    private let compressor: (any LayerCompressor)?
    private var chunk: [UInt8] = []
    private var passedOn: Int64 = 0

    init(hasher: consuming DigestHasher, compressor: (any LayerCompressor)?) {
        self.hasher = hasher
        self.compressor = compressor
        chunk.reserveCapacity(Compression.chunkSize)
    }

    /// The number of bytes so far.
    var size: Int64 { passedOn + Int64(chunk.count) }

    /// Writes a whole archive and returns its table of contents.
    mutating func append(_ entries: [LayerEntry], _ isCanceled: () -> Bool) throws -> TarIndex {
        var index = TarIndex(members: [])
        index.members.reserveCapacity(entries.count)
        var header: [UInt8] = []
        for entry in entries {
            if isCanceled() { throw CancellationError() }
            header.removeAll(keepingCapacity: true)
            TarFormat.appendHeader(of: entry.entry, to: &header)
            try append(header.span.bytes)
            index.members.append(TarIndex.Member(entry: entry.entry, offset: size))
            try appendContent(of: entry, &index, isCanceled)
        }
        let end = TarFormat.end
        try append(end.span.bytes)
        try passOn()
        return index
    }

    private mutating func appendContent(
        of entry: LayerEntry, _ index: inout TarIndex, _ isCanceled: () -> Bool
    ) throws {
        let expected = entry.entry.size
        guard expected > 0 else { return }
        var count: Int64 = 0
        var checksum = Checksum()
        var kept: [UInt8]? = LayerIndexes.isKept(entry.entry) ? [] : nil
        try entry.read { piece in
            if isCanceled() { throw CancellationError() }
            count += Int64(piece.byteCount)
            guard count <= expected else { return }
            try append(piece)
            checksum.update(piece)
            piece.withUnsafeBytes { kept?.append(contentsOf: $0) }
        }
        guard count == expected else {
            throw BuildError(
                "the file `\(entry.entry.path)` was to have \(expected) bytes and has \(count)",
                hint: "it changed while it was read: build again")
        }
        if let last = index.members.indices.last {
            index.members[last].content = kept
            index.members[last].checksum = checksum.value
        }
        let padding = TarFormat.padding(after: expected)
        // `end` is as long as any padding, and lives as long as it is read.
        let zeros = TarFormat.end
        try append(zeros.span.bytes.extracting(0..<padding))
    }

    private mutating func append(_ bytes: RawSpan) throws {
        var start = 0
        while start < bytes.byteCount {
            let count = min(bytes.byteCount - start, Compression.chunkSize - chunk.count)
            bytes.extracting(start..<start + count).withUnsafeBytes { chunk.append(contentsOf: $0) }
            start += count
            if chunk.count == Compression.chunkSize { try passOn() }
        }
    }

    private mutating func passOn() throws {
        var filled: [UInt8] = []
        swap(&filled, &chunk)
        filled.withUnsafeBytes { hasher.update($0) }
        passedOn += Int64(filled.count)
        if let compressor {
            try compressor.write(filled)
            chunk = compressor.spareChunk()
            chunk.reserveCapacity(Compression.chunkSize)
        } else {
            filled.removeAll(keepingCapacity: true)
            swap(&filled, &chunk)
        }
    }

    consuming func finish() -> Digest { hasher.finish() }
}

/// Takes the compressor's output, from whichever thread has it.
final class BlobSink: Sendable {
    private let writer: Mutex<BlobWriter?>

    init(_ writer: consuming sending BlobWriter) { self.writer = Mutex(writer) }

    func append(_ bytes: [UInt8]) throws {
        try writer.withLock { writer in
            guard var taken = writer.take() else { throw BuildError("the layer was given up") }
            // Where this throws, the writer goes, and its file with it.
            try taken.append(bytes)
            writer = consume taken
        }
    }

    func finish() throws -> (digest: Digest, size: Int64) {
        try writer.withLock { writer in
            guard let taken = writer.take() else { throw BuildError("the layer was given up") }
            return try taken.finish()
        }
    }
}
