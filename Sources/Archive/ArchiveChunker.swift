/// Cuts an archive that comes in pieces where ``ChunkCutter`` says, and passes the chunks on to be compressed.
///
/// It finds its way from header to header. Behind what is no header that Slipway would write it cuts only chunks that
/// are full: any bytes can be passed on.
package struct ArchiveChunker {
    private enum Part {
        /// Up to a header's end.
        case header
        /// So many bytes of an extended header's body, its padding included.
        case records(Int64)
        /// So many bytes of a content, its padding included.
        case content(Int64)
        /// Whatever it is.
        case rest
    }

    private let compressor: any LayerCompressor
    private var cutter = ChunkCutter()
    private var chunk: [UInt8] = []
    private var part = Part.header
    private var block: [UInt8] = []
    private var entry = Entry()
    /// A longer extended header is not looked into.
    private static let maximumRecords = 1 << 20

    private struct Entry {
        var nameHash: UInt64?
        var extent: Int64 = 0
        var size: Int64 = 0
        /// The records of its extended header.
        var records: [UInt8] = []
    }

    package init(_ compressor: any LayerCompressor) {
        self.compressor = compressor
        chunk.reserveCapacity(ChunkCutter.maximum)
    }

    /// Takes the archive's next bytes. Throws what the compressor does.
    package mutating func append(_ piece: [UInt8]) throws {
        var rest = piece[...]
        while !rest.isEmpty {
            switch part {
            case .header:
                let bytes = rest.prefix(TarFormat.blockSize - block.count)
                block += bytes
                try take(bytes)
                rest = rest.dropFirst(bytes.count)
                if block.count == TarFormat.blockSize { try endHeader() }
            case .records(let count):
                let bytes = rest.prefix(Int(clamping: count))
                if entry.records.count < Self.maximumRecords { entry.records += bytes }
                try take(bytes)
                rest = rest.dropFirst(bytes.count)
                let left = count - Int64(bytes.count)
                part = left == 0 ? .header : .records(left)
            case .content(let count):
                let bytes = rest.prefix(Int(clamping: count))
                try take(bytes)
                rest = rest.dropFirst(bytes.count)
                part = .content(count - Int64(bytes.count))
                if count == bytes.count { try endEntry() }
            case .rest:
                try take(rest)
                return
            }
        }
    }

    /// Passes the last chunk on.
    package mutating func finish() throws { try passOn() }

    private mutating func endHeader() throws {
        defer { block.removeAll(keepingCapacity: true) }
        guard TarFormat.isHeader(block), let size = octal(block[124..<136]) else {
            part = .rest
            return
        }
        if entry.nameHash == nil {
            var hash = NameHash()
            hash.update(block.prefix(NameHash.fieldSize).prefix { $0 != 0 })
            entry.nameHash = hash.value
        }
        entry.extent += Int64(block.count)
        let type = block[156]
        if type == UInt8(ascii: "x") {
            let padded = size + Int64(TarFormat.padding(after: size))
            entry.extent += padded
            if padded > 0 { part = .records(padded) }
            return
        }
        let hasContent = type == UInt8(ascii: "0") || type == 0
        entry.size = hasContent ? PaxRecords(entry.records).size ?? size : 0
        let padded = entry.size + Int64(TarFormat.padding(after: entry.size))
        entry.extent += padded
        var isEnded = false
        cutter.beginContent(of: entry.size) { _ in isEnded = true }
        if isEnded { try passOn() }
        part = .content(padded)
        if padded == 0 { try endEntry() }
    }

    private mutating func endEntry() throws {
        var isEnded = false
        cutter.endEntry(of: entry.size, extent: entry.extent, entry.nameHash ?? 0) { _ in isEnded = true }
        if isEnded { try passOn() }
        entry = Entry()
        part = .header
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>) throws {
        var rest = bytes
        while !rest.isEmpty {
            let part = rest.prefix(ChunkCutter.maximum - chunk.count)
            chunk += part
            rest = rest.dropFirst(part.count)
            var isFull = false
            cutter.pass(Int64(part.count)) { _ in isFull = true }
            if isFull { try passOn() }
        }
    }

    private mutating func passOn() throws {
        guard !chunk.isEmpty else { return }
        var ended: [UInt8] = []
        swap(&ended, &chunk)
        try compressor.write(ended)
        chunk = compressor.spareChunk()
        chunk.reserveCapacity(ChunkCutter.maximum)
    }
}

/// A number in a header's field; `nil` where it is written in another way than Slipway does.
private func octal(_ field: ArraySlice<UInt8>) -> Int64? {
    let digits = field.prefix { (0x30...0x37).contains($0) }
    return Int64(String(decoding: digits, as: UTF8.self), radix: 8)
}

/// The records of an extended header: `LENGTH KEY=VALUE\n`, where the length counts itself.
private struct PaxRecords {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The size of the content; `nil` where the records say nothing of it.
    var size: Int64? {
        var rest = bytes[...]
        while let space = rest.firstIndex(of: UInt8(ascii: " ")),
            let length = Int(String(decoding: rest[..<space], as: UTF8.self)),
            length > space - rest.startIndex, length <= rest.count
        {
            let record = rest[(space + 1)..<(rest.startIndex + length)]
            if record.starts(with: "size=".utf8) {
                let value = String(decoding: record.dropFirst(5).dropLast(), as: UTF8.self)
                return Int64(value).flatMap { $0 >= 0 && $0 < .max / 2 ? $0 : nil }
            }
            rest = rest.dropFirst(length)
        }
        return nil
    }
}
