import Archive
import TestSupport
import Testing

/// Notes the chunks that it is given.
private final class ChunkNotes: LayerCompressor {
    private(set) var chunks: [[UInt8]] = []
    func spareChunk() -> [UInt8] { [] }
    func write(_ chunk: [UInt8]) throws { chunks.append(chunk) }
    func finish() throws {}
    func abandon() {}
}

/// The same numbers each time.
private struct Sequence: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state ^ (state >> 33)) &* 0xFF51_AFD7_ED55_8CCD
    }
}

/// Files of many sizes, and what else an archive holds.
private func entries(_ count: Int, seed: UInt64) -> [TarEntry] {
    var random = Sequence(state: seed)
    return (0..<count).map { number in
        let name = "d/\(number)-\(random.next() % 1000)"
        switch random.next() % 40 {
        case 0: return TarEntry(path: name, kind: .directory, mode: 0o755)
        case 1: return TarEntry(path: name, kind: .symbolicLink, mode: 0o777, linkTarget: "a/ü")
        case 2:
            let long = name + String(repeating: "ä", count: 80)
            return TarEntry(path: long, kind: .file, mode: 0o644, size: Int64(random.next() % 9000))
        case 3:
            return TarEntry(
                path: name, kind: .file, mode: 0o644, size: 10, extendedAttributes: ["user.a": [1, 2, 3]])
        case 4:
            return TarEntry(path: name, kind: .file, mode: 0o600, size: Int64(random.next() % 1_500_000))
        default: return TarEntry(path: name, kind: .file, mode: 0o644, size: Int64(random.next() % 20_000))
        }
    }
}

extension [[UInt8]] {
    fileprivate var whole: [UInt8] { reduce(into: []) { $0 += $1 } }
}

private func archive(of entries: [TarEntry]) -> [UInt8] {
    var bytes: [UInt8] = []
    for entry in entries {
        TarFormat.appendHeader(of: entry, to: &bytes)
        bytes += [UInt8](repeating: UInt8(ascii: "x"), count: Int(entry.size))
        bytes += [UInt8](repeating: 0, count: TarFormat.padding(after: entry.size))
    }
    return bytes + TarFormat.end
}

private func cuts(of entries: [TarEntry]) -> [Int] {
    var cutter = ChunkCutter()
    var lengths: [Int] = []
    for entry in entries { _ = cutter.pass(entry) { lengths.append($0) } }
    cutter.passEnd { lengths.append($0) }
    return lengths
}

private func chunks(of bytes: [UInt8], piece: Int) throws -> [[UInt8]] {
    let notes = ChunkNotes()
    var chunker = ArchiveChunker(notes)
    for start in stride(from: 0, to: bytes.count, by: piece) {
        try chunker.append(Array(bytes[start..<min(start + piece, bytes.count)]))
    }
    try chunker.finish()
    return notes.chunks
}

@Suite("A chunk cutter") struct ChunkCutterTests {
    @Test(arguments: [UInt64(1), 2, 3])
    func `cuts all of an archive into chunks that are not too long`(seed: UInt64) {
        let entries = entries(500, seed: seed)
        let cuts = cuts(of: entries)
        #expect(cuts.reduce(0, +) == archive(of: entries).count)
        #expect(cuts.allSatisfy { $0 > 0 && $0 <= ChunkCutter.maximum })
        #expect(cuts.count > 10)
    }

    @Test(arguments: [512, 1000, 77_777, 1 << 20])
    func `cuts an archive that comes in pieces as it cuts its entries`(piece: Int) throws {
        for seed in UInt64(10)..<13 {
            let entries = entries(150, seed: seed)
            let bytes = archive(of: entries)
            let chunks = try chunks(of: bytes, piece: piece)
            #expect(chunks.map(\.count) == cuts(of: entries))
            #expect(chunks.whole == bytes)
        }
    }

    @Test func `cuts most of an archive in the same places when an entry changes`() throws {
        let before = entries(800, seed: 5)
        for place in [0, 400, 799] {
            var after = before
            after[place] = TarEntry(path: before[place].path, kind: .file, mode: 0o644, size: 1234)
            let old = Set(try chunks(of: archive(of: before), piece: 1 << 20))
            let new = try chunks(of: archive(of: after), piece: 1 << 20)
            #expect(new.filter { !old.contains($0) }.count <= 6)
            #expect(new.count > 20)
        }
    }

    @Test func `gives a large file chunks of its own, whatever is before and behind it`() throws {
        let large = TarEntry(path: "large", kind: .file, mode: 0o644, size: 2_500_000)
        let small = TarEntry(path: "a", kind: .file, mode: 0o644, size: 5)
        #expect(cuts(of: [large]) == [512, 1 << 20, 1 << 20, 2_500_096 - (2 << 20), 1024])
        #expect(cuts(of: [small, small, large, small]).dropFirst().dropLast() == cuts(of: [large])[1...3])
    }

    @Test(arguments: [0, 1, 511, 512, 1_200_000])
    func `passes on what is no archive`(count: Int) throws {
        let bytes = GzipWriterTests.sample(count)
        let chunks = try chunks(of: bytes, piece: 1000)
        #expect(chunks.whole == bytes)
        #expect(chunks.allSatisfy { $0.count <= ChunkCutter.maximum })
    }

    @Test func `passes on an archive that claims what cannot be`() throws {
        var header: [UInt8] = []
        TarFormat.appendHeader(
            of: TarEntry(path: "a", kind: .file, mode: 0, size: 0o77777777777), to: &header)
        #expect(try chunks(of: header + [1, 2, 3], piece: 7).whole == header + [1, 2, 3])
    }
}

@Suite("A compressed chunk") struct CompressedChunkTests {
    private func written(_ compression: Compression) throws -> (bytes: [UInt8], places: [CompressedChunk]) {
        let collected = Collected()
        let compressor = try compression.compressor(threads: 2) { collected.append($0) }
        for count in [1, 200_000, 400_000, 70_000] { try compressor.write(GzipWriterTests.sample(count)) }
        try compressor.finish()
        return (collected.all, compressor.writtenChunks)
    }

    @Test(arguments: [Compression.none, .gzip])
    func `is found again where it was written, and gives the same bytes again`(compression: Compression)
        throws
    {
        let (bytes, places) = try written(compression)
        #expect(places.map(\.rawLength) == [1, 200_000, 400_000, 70_000])
        let collected = Collected()
        let compressor = try compression.compressor(threads: 3) { collected.append($0) }
        for place in places {
            let compressed = Array(bytes[Int(place.offset)..<Int(place.offset) + place.length])
            let raw = try #require(compression.raw(compressed, of: place))
            #expect(raw == GzipWriterTests.sample(place.rawLength))
            try compressor.write(raw, compressed: compressed, from: place)
        }
        try compressor.finish()
        #expect(collected.all == bytes)
        #expect(compressor.writtenChunks == places)
    }

    @Test(arguments: [Compression.none, .gzip])
    func `is refused where it is damaged`(compression: Compression) throws {
        let (bytes, places) = try written(compression)
        let place = places[1]
        let compressed = Array(bytes[Int(place.offset)..<Int(place.offset) + place.length])
        for position in stride(from: 0, to: compressed.count, by: compressed.count / 20) {
            var damaged = compressed
            damaged[position] ^= 0x10
            #expect(compression.raw(damaged, of: place) == nil)
        }
        var lying = place
        lying.rawLength += 1
        #expect(compression.raw(compressed, of: lying) == nil)
        lying.rawLength = .max
        #expect(compression.raw(compressed, of: lying) == nil)
        #expect(compression.raw(Array(compressed.dropLast()), of: place) == nil)
        #expect(compression.raw(compressed, of: places[0]) == nil)
    }

    @Test func `is not told from others by zstd`() throws {
        let (bytes, places) = try written(.zstd())
        #expect(places == [])
        let place = CompressedChunk(
            offset: 0, length: bytes.count, rawLength: 10, checksum: 0, rawChecksum: 0)
        #expect(Compression.zstd().raw(bytes, of: place) == nil)
    }
}
