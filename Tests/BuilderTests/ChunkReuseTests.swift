import Archive
import Blobs
import Cryptography
import Foundation
import OCI
import TestSupport
import Testing

@testable import Builder

/// The same numbers each time.
private struct Sequence: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state ^ (state >> 33)) &* 0xFF51_AFD7_ED55_8CCD
    }
}

/// A directory of named contents that changes a little each time.
private struct ChangingTree {
    var random: Sequence
    private var files: [String: LayerEntry] = [:]

    init(seed: UInt64, count: Int = 600) {
        random = Sequence(state: seed)
        for number in 0..<count { put("d\(number % 20)/f\(number)") }
        put("etc/passwd")
    }

    var entries: [LayerEntry] { files.values.sorted { $0.entry.path.precedes($1.entry.path) } }

    private mutating func put(_ path: String) {
        let size = random.next() % 50 == 0 ? Int(random.next() % 2_000_000) : Int(random.next() % 6000)
        let start = random.next()
        var bytes = Array("\(start)".utf8)
        bytes = bytes.count > size ? Array(bytes.prefix(size)) : bytes
        bytes += [UInt8](repeating: UInt8(truncatingIfNeeded: start), count: size - bytes.count)
        let mode: UInt16 = random.next() % 2 == 0 ? 0o644 : 0o755
        let entry = TarEntry(path: path, kind: .file, mode: mode, size: Int64(size), modified: 1000)
        files[path] = LayerEntry(entry, .bytes(bytes))
    }

    mutating func change() {
        for _ in 0..<1 + random.next() % 4 {
            let path = files.keys.sorted()[Int(random.next() % UInt64(files.count))]
            switch random.next() % 5 {
            case 0: files[path] = nil
            case 1: put("d\(random.next() % 20)/n\(random.next() % 1000)")
            case 2: files[path]?.entry.mode ^= 0o111
            case 3:
                files["link"] = LayerEntry(
                    TarEntry(path: "link", kind: .symbolicLink, mode: 0o777, linkTarget: "\(random.next())"))
            default: put(path)
            }
        }
    }
}

/// Makes a step's layers in a store, with or without a memory of the last one.
private struct Bench {
    let store: BlobStore
    let directory: String
    var compression = Compression.gzip
    let step = StepMemory.Place(scope: "s", file: "Dockerfile", stage: "x", position: 2)

    init(_ name: String, _ compression: Compression = .gzip) throws {
        directory = try TemporaryDirectory.required.path(name)
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        store = try BlobStore(directory: "\(directory)/blobs")
        self.compression = compression
    }

    var writer: LayerWriter {
        LayerWriter(store: store, threads: 2, compression: compression, isCanceled: { false })
    }
    var records: ChunkRecords { ChunkRecords(directory: "\(directory)/chunks") }
    var maker: LayerMaker {
        LayerMaker(
            cache: LayerCache(directory: "\(directory)/layers", store: store, compression: compression),
            indexes: LayerIndexes(directory: "\(directory)/indexes", store: store), chunks: records,
            writer: writer, isWithoutCache: false)
    }

    func reuse(_ entries: [LayerEntry]) throws -> ChunkReuse? {
        let layer = ChunkedEntries(entries)
        return try records.reuse(of: layer, LayerKeys(layer), in: step, writer)
    }

    /// Makes the layer, and checks it against one that is written without any memory.
    func check(_ entries: [LayerEntry], _ other: Bench) throws {
        let made = try maker.make(entries, in: step)
        let fresh = try other.writer.write(entries)
        #expect(made.layer == fresh.layer)
        #expect(try made.table.contents().index.members == fresh.index.members)
        #expect(
            try store.bytes(of: made.layer.descriptor.digest, limit: 1 << 30).count
                == made.layer.descriptor.size)
    }

    var recordPath: String {
        get throws { "\(directory)/chunks/\(try step.name())\(compression.cacheSuffix)" }
    }

    var record: ChunkRecord {
        get throws {
            let bytes = try Data(contentsOf: URL(filePath: recordPath))
            return try #require(try ChunkRecord(decoding: Array(bytes)))
        }
    }

    func keep(_ record: ChunkRecord) throws {
        try Data(record.encoded()).write(to: URL(filePath: recordPath))
    }
}

@Suite("A layer that takes chunks over from an older one", .temporaryDirectory) struct ChunkReuseTests {
    @Test(arguments: [Compression.gzip, .none, .zstd()], [UInt64(1), 2])
    func `is byte for byte what it is when it is written anew`(compression: Compression, seed: UInt64) throws
    {
        let (bench, other) = (try Bench("with", compression), try Bench("without", compression))
        var tree = ChangingTree(seed: seed)
        try bench.check(tree.entries, other)
        for _ in 0..<6 {
            tree.change()
            let old = try bench.reuse(tree.entries)
            // Most of it is found again; zstd's chunks are not told from each other.
            let size = ChunkedEntries(tree.entries).size
            if compression == .zstd() { #expect(old == nil) } else { #expect((old?.size ?? 0) > size / 4) }
            try bench.check(tree.entries, other)
        }
    }

    @Test func `reads no content of a chunk that did not change`() throws {
        let bench = try Bench("with")
        let tree = ChangingTree(seed: 3)
        _ = try bench.maker.make(tree.entries, in: bench.step)
        // The contents of the same names cannot be read any more.
        let unreadable = tree.entries.map { entry in
            var node = FileNode(entry: entry.entry)
            node.contentID = try? entry.contentID()
            return LayerEntry(entry.entry, .file(DirectoryTree(directory: "/nowhere"), node))
        }
        let new = LayerEntry(TarEntry(path: "zz", kind: .file, mode: 0o600, size: 1), .bytes([7]))
        let layer = ChunkedEntries(unreadable + [new])
        let keys = try LayerKeys(layer)
        let old = try #require(try bench.records.reuse(of: layer, keys, in: bench.step, bench.writer))
        let changed = layer.chunks.indices.filter { old.places[$0] == nil }
        try #require(changed == [layer.chunks.count - 1])
        let first = try #require(layer.chunks.last).entries.lowerBound
        let readable = ChunkedEntries(unreadable[..<first] + tree.entries[first...] + [new])
        let fresh = try Bench("without").writer.write(tree.entries + [new])
        #expect(try bench.writer.write(readable, reusing: old).layer == fresh.layer)
    }

    @Test func `is written anew where the older layer is gone`() throws {
        let (bench, other) = (try Bench("with"), try Bench("without"))
        var tree = ChangingTree(seed: 4, count: 200)
        try bench.check(tree.entries, other)
        try bench.store.remove(bench.record.blob)
        tree.change()
        #expect(try bench.reuse(tree.entries) == nil)
        try bench.check(tree.entries, other)
    }

    @Test func `is written anew where the older layer is damaged`() throws {
        let (bench, other) = (try Bench("with"), try Bench("without"))
        var tree = ChangingTree(seed: 5, count: 200)
        try bench.check(tree.entries, other)
        let path = bench.store.path(of: try bench.record.blob)
        var bytes = Array(try Data(contentsOf: URL(filePath: path)))
        for position in stride(from: 100, to: bytes.count, by: 2000) { bytes[position] ^= 0x55 }
        try Data(bytes).write(to: URL(filePath: path))
        tree.change()
        #expect(try bench.reuse(tree.entries) != nil)
        try bench.check(tree.entries, other)
    }

    @Test func `is written anew where the record is damaged`() throws {
        let (bench, other) = (try Bench("with"), try Bench("without"))
        var tree = ChangingTree(seed: 6, count: 60)
        try bench.check(tree.entries, other)
        tree.change()
        let bytes = Array(try Data(contentsOf: URL(filePath: bench.recordPath)))
        for position in stride(from: 0, to: bytes.count, by: 1 + bytes.count / 40) {
            var damaged = bytes
            damaged[position] ^= 1
            try Data(damaged).write(to: URL(filePath: bench.recordPath))
            #expect(try bench.reuse(tree.entries) == nil)
            try Data(bytes.prefix(position)).write(to: URL(filePath: bench.recordPath))
            #expect(try bench.reuse(tree.entries) == nil)
        }
        try bench.check(tree.entries, other)
    }

    @Test func `is written anew where the record lies about places`() throws {
        let (bench, other) = (try Bench("with"), try Bench("without"))
        var tree = ChangingTree(seed: 7)
        try bench.check(tree.entries, other)
        var lies: [(inout ChunkRecord) -> Void] = []
        lies.append { record in for index in record.chunks.indices { record.chunks[index].place.offset /= 2 }
        }
        lies.append { record in for index in record.chunks.indices { record.chunks[index].place.length /= 2 }
        }
        lies.append { record in
            for index in record.chunks.indices { record.chunks[index].place.rawChecksum ^= 1 }
        }
        lies.append { record in
            let places = record.chunks.map(\.place)
            for index in record.chunks.indices {
                record.chunks[index].place = places[(index + 1) % places.count]
            }
            for index in record.chunks.indices {
                record.chunks[index].place.rawLength = places[index].rawLength
            }
        }
        for lie in lies {
            tree.change()
            var record = try bench.record
            lie(&record)
            try bench.keep(record)
            try bench.check(tree.entries, other)
        }
    }

    @Test func `is written anew where the record tells of another layer`() throws {
        let (bench, other) = (try Bench("with"), try Bench("without"))
        var tree = ChangingTree(seed: 8, count: 200)
        try bench.check(tree.entries, other)
        var record = try bench.record
        let stranger = try bench.writer.write(ChangingTree(seed: 9, count: 300).entries).layer.descriptor
        (record.blob, record.size) = (stranger.digest, stranger.size)
        try bench.keep(record)
        tree.change()
        try bench.check(tree.entries, other)
        // A record must not tell of bytes behind the layer's end.
        record.chunks[0].place.offset = stranger.size
        #expect(try ChunkRecord(decoding: record.encoded()) == nil)
        record.chunks[0].place.offset = -1
        #expect(try ChunkRecord(decoding: record.encoded()) == nil)
    }

    @Test func `counts as cached where it turns out to be the same`() throws {
        let bench = try Bench("with")
        func entries(_ version: String) -> [LayerEntry] {
            ChangingTree(seed: 10).entries.enumerated().map { number, entry in
                guard case .bytes(let bytes) = entry.content else { return entry }
                var node = FileNode(entry: entry.entry)
                node.contentID = FileNode.diskPrefix + "\(number)" + (number == 300 ? version : "")
                return LayerEntry(entry.entry, .file(OneFile(bytes: bytes), node))
            }
        }
        let first = try bench.maker.make(entries("1"), in: bench.step)
        #expect(!first.isCached)
        let second = try bench.maker.make(entries("2"), in: bench.step)
        #expect(second.isCached)
        #expect(second.layer == first.layer)
    }
}

/// A tree whose files all hold the same.
private struct OneFile: FileTree {
    let bytes: [UInt8]

    func node(at path: String) -> FileNode? { nil }
    func children(of directory: FileNode) -> [FileNode] { [] }
    func read(_ node: FileNode, _ body: (RawSpan) throws -> Void) throws { try body(bytes.span.bytes) }
}
