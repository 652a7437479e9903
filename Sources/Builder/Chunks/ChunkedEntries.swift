import Archive

/// A layer that is to be written, cut into chunks.
struct ChunkedEntries: Sendable {
    /// A part of the layer's archive.
    struct Chunk: Hashable, Sendable {
        /// In bytes.
        var length: Int
        /// The entries that have a part in it; the last chunk also holds the archive's end.
        var entries: Range<Int>
        /// How much of its first entry, with the header, is in the chunks before.
        var offset: Int64
    }

    /// Sorted, each path once.
    let entries: [LayerEntry]
    private(set) var chunks: [Chunk] = []
    /// The archive's size in bytes.
    private(set) var size: Int64 = 0

    init(_ entries: [LayerEntry]) {
        self.entries = entries
        var cutter = ChunkCutter()
        var lengths: [Int] = []
        // The place in `entries` and in the archive of what the next chunk begins with.
        var first = (entry: 0, start: Int64(0))
        var start: Int64 = 0
        for place in entries.indices {
            let extent = cutter.pass(entries[place].entry) { lengths.append($0) }
            for length in lengths {
                add(length, first.entry..<place + 1, offset: size - first.start)
                first = size == start + extent ? (place + 1, size) : (place, start)
            }
            lengths.removeAll(keepingCapacity: true)
            start += extent
        }
        cutter.passEnd { lengths.append($0) }
        for length in lengths {
            add(length, first.entry..<entries.count, offset: size - first.start)
            first = (entries.count, start)
        }
    }

    private mutating func add(_ length: Int, _ entries: Range<Int>, offset: Int64) {
        chunks.append(Chunk(length: length, entries: entries, offset: offset))
        size += Int64(length)
    }
}
