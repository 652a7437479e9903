import Archive

/// Makes a layer's table of contents of its archive as that passes by.
struct MemberScan {
    private let entries: [LayerEntry]
    private(set) var index = TarIndex(members: [])
    /// Where the next bytes are in the archive.
    private var position: Int64 = 0
    /// Where the last member's content ends, without its padding.
    private var contentEnd: Int64 = 0
    /// Where the next member's header begins.
    private var nextHeader: Int64 = 0
    private var checksum = Checksum()

    init(_ entries: [LayerEntry]) {
        self.entries = entries
        index.members.reserveCapacity(entries.count)
    }

    /// Takes the archive's next bytes.
    mutating func pass(_ bytes: RawSpan) {
        let end = position + Int64(bytes.byteCount)
        while position < end {
            if position == nextHeader { beginMember() }
            guard let last = index.members.indices.last, let start = index.members[last].offset else { break }
            // The header or the padding, of which nothing is to be known.
            if position < start || position >= contentEnd {
                position = min(end, position < start ? start : nextHeader)
                continue
            }
            let stop = min(end, contentEnd)
            let from = bytes.byteCount - Int(end - position)
            note(bytes.extracting(from..<from + Int(stop - position)), in: last)
            position = stop
        }
        position = end
    }

    private mutating func beginMember() {
        let place = index.members.count
        guard place < entries.count else {
            // What is left is the archive's end.
            nextHeader = .max
            return
        }
        let entry = entries[place].entry
        let start = nextHeader + Int64(TarFormat.headerSize(of: entry))
        index.members.append(TarIndex.Member(entry: entry, offset: start))
        contentEnd = start + entry.size
        nextHeader = contentEnd + Int64(TarFormat.padding(after: entry.size))
        checksum = Checksum()
        if entry.size > 0, LayerIndexes.isKept(entry) { index.members[place].content = [] }
    }

    private mutating func note(_ content: RawSpan, in member: Int) {
        checksum.update(content)
        content.withUnsafeBytes { index.members[member].content?.append(contentsOf: $0) }
        if position + Int64(content.byteCount) == contentEnd {
            index.members[member].checksum = checksum.value
        }
    }
}
