import Archive
import Foundation
import TestSupport
import Testing

/// Bytes that compress a little, the same each time.
private func sample(_ count: Int) -> [UInt8] {
    var seed: UInt64 = 7
    var bytes: [UInt8] = (0..<min(count, 200_000)).map { index in
        seed = seed &* 6_364_136_223_846_793_005 &+ 1
        return index % 7 < 5 ? UInt8(truncatingIfNeeded: index / 90) : UInt8(truncatingIfNeeded: seed >> 40)
    }
    while bytes.count < count {
        bytes.append(UInt8(truncatingIfNeeded: bytes.count))
        bytes += bytes.prefix(count - bytes.count)
    }
    return bytes
}

private func compressed(
    _ bytes: [UInt8], _ compression: Compression, threads: Int = 2, piece: Int = Compression.chunkSize
) throws -> [UInt8] {
    let collected = Collected()
    let compressor = try compression.compressor(threads: threads) { collected.append($0) }
    for start in stride(from: 0, to: bytes.count, by: piece) {
        var chunk = compressor.spareChunk()
        #expect(chunk.isEmpty)
        chunk += bytes[start..<min(start + piece, bytes.count)]
        try compressor.write(chunk)
    }
    try compressor.finish()
    return collected.all
}

private func decompressed(_ bytes: [UInt8], piece: Int = 70_001) throws -> [UInt8] {
    var rest = bytes[...]
    let decompressor = try Decompressor {
        defer { rest = rest.dropFirst(piece) }
        return Array(rest.prefix(piece))
    }
    var back: [UInt8] = []
    while case let more = try decompressor.next(), !more.isEmpty { back += more }
    return back
}

@Suite("A layer compressor", .temporaryDirectory) struct LayerCompressorTests {
    @Test(
        arguments: [Compression.none, .gzip, .zstd(), .zstd(level: 1), .zstd(level: 9)], [0, 1, 2_500_000])
    func `puts out what the decompressor takes back`(compression: Compression, count: Int) throws {
        let bytes = sample(count)
        #expect(try decompressed(compressed(bytes, compression)) == bytes)
    }

    @Test(arguments: [(Compression.gzip, "gzip"), (.zstd(), "zstd"), (.none, "cat")])
    func `is understood by the tool of the same name`(compression: Compression, tool: String) throws {
        let directory = try TemporaryDirectory.required
        let bytes = sample(3_000_000)
        try Data(bytes).write(to: directory.url.appending(path: "plain"))
        try Data(compressed(bytes, compression)).write(to: directory.url.appending(path: "packed"))
        let flag = tool == "cat" ? "" : "-dc"
        let outcome = try Shell.run("\(tool) \(flag) < packed | cmp - plain", in: directory.path)
        #expect(outcome.status == 0, "\(outcome.output)")
    }

    @Test func `with zstd gives one frame with a checksum`() throws {
        let directory = try TemporaryDirectory.required
        let file = directory.url.appending(path: "x.zst")
        try Data(compressed(sample(9_000_000), .zstd())).write(to: file)
        let outcome = try Shell.run("zstd -lv x.zst", in: directory.path)
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("Number of frames: 1") || outcome.output.contains("Frames: 1"))
        #expect(outcome.output.contains("Check: XXH64"), "\(outcome.output)")
    }

    @Test func `reports what its output reports`() throws {
        struct Full: Error {}
        for compression in [Compression.none, .gzip, .zstd(level: 1)] {
            // What begins a gzip member is written at once, and still has its place.
            let compressor = try compression.compressor(threads: 2) { if $0.count > 10 { throw Full() } }
            #expect(throws: Full.self) {
                for _ in 0..<20 { try compressor.write(sample(1 << 20)) }
                try compressor.finish()
            }
            compressor.abandon()
        }
    }
}

@Suite("A zstd writer") struct ZstdWriterTests {
    /// Several jobs, the last of them short.
    private static let bytes = sample(9_500_000)

    @Test(arguments: [1, 3, 12])
    func `gives the same bytes for any number of threads and any pieces`(level: Int) throws {
        let bytes = level > 9 ? Array(Self.bytes.prefix(4_500_000)) : Self.bytes
        let one = try compressed(bytes, .zstd(level: level), threads: 1)
        #expect(one.count < bytes.count / 2)
        for (threads, piece) in [(2, 1 << 20), (4, 1 << 20), (3, 77_777), (1, bytes.count)] {
            let other = try compressed(bytes, .zstd(level: level), threads: threads, piece: piece)
            #expect(other == one, "\(threads) threads, pieces of \(piece)")
        }
    }

    @Test func `gives the same bytes when nothing is written between`() throws {
        let collected = Collected()
        let writer = try ZstdWriter(level: 3, threads: 2) { collected.append($0) }
        for chunk in [[], Array("a".utf8), [], Array("b".utf8), []] { try writer.write(chunk) }
        try writer.finish()
        #expect(try collected.all == compressed(Array("ab".utf8), .zstd()))
    }

    @Test(arguments: [0, 20, -1])
    func `refuses a level that there is not`(level: Int) throws {
        let error = #expect(throws: ArchiveError.self) { try compressed([], .zstd(level: level)) }
        #expect(
            error?.description == "could not compress with zstd: there is no level \(level): expected 1 to 19"
        )
    }

    @Test func `compresses more at a higher level`() throws {
        let bytes = Array(Self.bytes.prefix(1_000_000))
        let sizes = try [1, 19].map { try compressed(bytes, .zstd(level: $0)).count }
        #expect(sizes[1] < sizes[0])
    }
}

@Suite("A decompressor of zstd", .temporaryDirectory) struct ZstdReadingTests {
    @Test func `reads frames one after another, and passes over those without content`() throws {
        let first = try compressed(sample(300_000), .zstd())
        let second = try compressed(Array("second".utf8), .zstd(level: 1))
        // A skippable frame: its magic number, its length, and anything (RFC 8878, 3.1.2).
        let skippable: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 9, 9, 9]
        let back = try decompressed(first + second + skippable, piece: 1001)
        #expect(back == sample(300_000) + Array("second".utf8))
    }

    @Test func `refuses a wrong checksum and an early end`() throws {
        let good = try compressed(sample(300_000), .zstd())
        var damaged = good
        damaged[good.count - 1] ^= 0xFF
        for bytes in [damaged, Array(good.dropLast(1)), Array(good.prefix(good.count / 2))] {
            #expect(throws: ArchiveError.self) { try decompressed(bytes) }
        }
    }
}
