import Archive

/// Takes the chunks of a layer's archive, one after the other.
protocol ChunkSink: AnyObject {
    /// An empty chunk to fill; one that was used before, where there is one.
    func spareChunk() -> [UInt8]

    func take(_ chunk: [UInt8]) throws
}

/// Makes chunks of a layer's archive anew, of the entries' headers and contents.
struct ChunkFiller {
    private let layer: ChunkedEntries
    private let sink: any ChunkSink
    private let isCanceled: () -> Bool
    private var chunk: [UInt8] = []
    /// Which chunks are being made.
    private var rest = 0..<0
    /// How many bytes belong to the chunks before.
    private var skipped: Int64 = 0

    init(_ layer: ChunkedEntries, into sink: any ChunkSink, _ isCanceled: @escaping () -> Bool) {
        self.layer = layer
        self.sink = sink
        self.isCanceled = isCanceled
    }

    /// Makes chunks that follow each other.
    ///
    /// Throws what reading the contents throws, and ``BuildError`` for a content that is not as long as it was.
    mutating func fill(_ chunks: Range<Int>) throws {
        guard let first = chunks.first, let last = chunks.last else { return }
        rest = chunks
        skipped = layer.chunks[first].offset
        begin()
        var header: [UInt8] = []
        for place in layer.chunks[first].entries.lowerBound..<layer.chunks[last].entries.upperBound {
            if isCanceled() { throw CancellationError() }
            header.removeAll(keepingCapacity: true)
            TarFormat.appendHeader(of: layer.entries[place].entry, to: &header)
            try append(header.span.bytes)
            try appendContent(of: layer.entries[place])
        }
        // Behind the last entry; where the last chunk ends before, nothing is taken of it.
        let end = TarFormat.end
        try append(end.span.bytes)
    }

    private mutating func appendContent(of entry: LayerEntry) throws {
        let expected = entry.entry.size
        guard expected > 0, !rest.isEmpty else { return }
        var count: Int64 = 0
        try entry.read { piece in
            if isCanceled() { throw CancellationError() }
            count += Int64(piece.byteCount)
            if count <= expected { try append(piece) }
        }
        guard count == expected else {
            throw BuildError(
                "the file `\(entry.entry.path)` was to have \(expected) bytes and has \(count)",
                hint: "it changed while it was read: build again")
        }
        // `end` is as long as any padding, and lives as long as it is read.
        let zeros = TarFormat.end
        try append(zeros.span.bytes.extracting(0..<TarFormat.padding(after: expected)))
    }

    private mutating func append(_ bytes: RawSpan) throws {
        var start = Int(min(skipped, Int64(bytes.byteCount)))
        skipped -= Int64(start)
        while start < bytes.byteCount, let number = rest.first {
            let length = layer.chunks[number].length
            let count = min(bytes.byteCount - start, length - chunk.count)
            bytes.extracting(start..<start + count).withUnsafeBytes { chunk.append(contentsOf: $0) }
            start += count
            guard chunk.count == length else { continue }
            var full: [UInt8] = []
            swap(&full, &chunk)
            try sink.take(full)
            rest = number + 1..<rest.upperBound
            begin()
        }
    }

    private mutating func begin() {
        guard let number = rest.first else { return }
        chunk = sink.spareChunk()
        chunk.reserveCapacity(layer.chunks[number].length)
    }
}
