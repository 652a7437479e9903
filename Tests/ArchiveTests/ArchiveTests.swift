import Archive
import Foundation
import Synchronization
import TestSupport
import Testing

/// Collects what a writer puts out.
final class Collected: Sendable {
    private let bytes = Mutex<[UInt8]>([])
    func append(_ more: [UInt8]) { bytes.withLock { $0 += more } }
    var all: [UInt8] { bytes.withLock { $0 } }
}

/// Gives `bytes` in pieces.
private func source(_ bytes: [UInt8], piece: Int = 1000) -> () throws -> [UInt8] {
    var rest = bytes[...]
    return {
        defer { rest = rest.dropFirst(piece) }
        return Array(rest.prefix(piece))
    }
}

@Suite("A gzip writer", .temporaryDirectory) struct GzipWriterTests {
    static func sample(_ count: Int) -> [UInt8] {
        var seed: UInt64 = 42
        return (0..<count).map { index in
            seed = seed &* 6_364_136_223_846_793_005 &+ 1
            return index % 5 < 3
                ? UInt8(truncatingIfNeeded: index / 100) : UInt8(truncatingIfNeeded: seed >> 40)
        }
    }

    static func compress(_ bytes: [UInt8], threads: Int) throws -> [UInt8] {
        let collected = Collected()
        let writer = try GzipWriter(threads: threads) { collected.append($0) }
        for start in stride(from: 0, to: bytes.count, by: ChunkCutter.maximum) {
            try writer.write(Array(bytes[start..<min(start + ChunkCutter.maximum, bytes.count)]))
        }
        try writer.finish()
        return collected.all
    }

    @Test(arguments: [0, 1, 1 << 20, 5_000_000])
    func `is read back by gzip and by the inflater`(count: Int) throws {
        let bytes = Self.sample(count)
        let compressed = try Self.compress(bytes, threads: 2)
        let file = try TemporaryDirectory.required.path("x.gz")
        try Data(compressed).write(to: URL(filePath: file))
        #expect(try Shell.run("/bin/gzip", ["-t", file]).status == 0)
        var inflater = Inflater(source(compressed, piece: 70_001))
        var back: [UInt8] = []
        while case let piece = try inflater.next(), !piece.isEmpty { back += piece }
        #expect(back == bytes)
    }

    @Test func `gives the same bytes for any number of threads`() throws {
        let bytes = Self.sample(4_500_000)
        let one = try Self.compress(bytes, threads: 1)
        #expect(try Self.compress(bytes, threads: 4) == one)
        #expect(try Self.compress(bytes, threads: 7) == one)
    }

    @Test func `takes no more than it can put out`() throws {
        let isFull = DispatchSemaphore(value: 0)
        let calls = Mutex(0)
        let writer = try GzipWriter(threads: 2) { _ in
            let call = calls.withLock { calls in
                calls += 1
                return calls
            }
            // The first call has the header.
            guard call == 2 else { return }
            // While the first chunk is being written, the writer must come to a halt, and not take twenty more.
            #expect(isFull.wait(timeout: .now() + 0.5) == .timedOut)
        }
        let chunk = Self.sample(1 << 20)
        for number in 0..<40 {
            try writer.write(chunk)
            if number == 20 { isFull.signal() }
        }
        try writer.finish()
    }

    @Test func `reports what its output reports`() throws {
        struct Full: Error {}
        let written = Mutex(0)
        let writer = try GzipWriter(threads: 2) { bytes in
            let total = written.withLock { total in
                total += bytes.count
                return total
            }
            if total > 100_000 { throw Full() }
        }
        #expect(throws: Full.self) {
            for _ in 0..<20 { try writer.write(Self.sample(1 << 20)) }
            try writer.finish()
        }
        writer.abandon()
    }
}

@Suite("An inflater") struct InflaterTests {
    @Test func `reads members one after another`() throws {
        let first = try GzipWriterTests.compress(Array("one ".utf8), threads: 1)
        let second = try GzipWriterTests.compress(Array("two".utf8), threads: 1)
        for piece in [1, 7, 1000] {
            var inflater = Inflater(source(first + second, piece: piece))
            var back: [UInt8] = []
            while case let bytes = try inflater.next(), !bytes.isEmpty { back += bytes }
            #expect(String(decoding: back, as: UTF8.self) == "one two")
        }
    }

    @Test func `refuses damage and early ends`() throws {
        let good = try GzipWriterTests.compress(GzipWriterTests.sample(100_000), threads: 1)
        var damaged = good
        damaged[good.count - 6] ^= 0xFF
        for bytes in [Array(good.dropLast(9)), damaged, Array("not gzip at all".utf8)] {
            #expect(throws: ArchiveError.self) {
                var inflater = Inflater(source(bytes))
                while case let piece = try inflater.next(), !piece.isEmpty {}
            }
        }
    }
}

@Suite("A tar archive", .temporaryDirectory) struct TarTests {
    static let long = String(repeating: "long-folder/", count: 12) + "file"
    static let entries: [(TarEntry, String)] = [
        (TarEntry(path: "dir", kind: .directory, mode: 0o755, modified: 315_532_800), ""),
        (TarEntry(path: "dir/a", kind: .file, mode: 0o4755, uid: 7, gid: 8, size: 5, modified: 1), "hello"),
        (TarEntry(path: "dir/hard", kind: .hardLink, mode: 0o4755, uid: 7, gid: 8, linkTarget: "dir/a"), ""),
        (TarEntry(path: "dir/sym", kind: .symbolicLink, mode: 0o777, linkTarget: "../x y"), ""),
        (
            TarEntry(path: "ünï/ß", kind: .file, mode: 0o600, uid: 3_000_000, size: 513),
            String(repeating: "x", count: 513)
        ),
        (
            TarEntry(
                path: long, kind: .file, mode: 0o644, size: 1, extendedAttributes: ["user.k": [0, 1, 255]]),
            "y"
        ),
        (TarEntry(path: "dev", kind: .characterDevice(major: 1, minor: 3), mode: 0o666), ""),
        (TarEntry(path: "fifo", kind: .fifo, mode: 0o644), ""),
    ]

    static func archive() -> [UInt8] {
        var bytes: [UInt8] = []
        for (entry, content) in entries {
            TarFormat.appendHeader(of: entry, to: &bytes)
            bytes += content.utf8
            bytes += repeatElement(0, count: TarFormat.padding(after: Int64(content.utf8.count)))
        }
        return bytes + TarFormat.end
    }

    @Test func `is read back as it was written`() throws {
        let reader = try TarReader(source(Self.archive()))
        for (entry, content) in Self.entries {
            #expect(try reader.next() == entry)
            var bytes: [UInt8] = []
            while case let piece = try reader.content(), !piece.isEmpty { bytes += piece }
            #expect(String(decoding: bytes, as: UTF8.self) == content)
        }
        #expect(try reader.next() == nil)
    }

    @Test func `is understood by GNU tar`() throws {
        let file = try TemporaryDirectory.required.path("x.tar")
        try Data(Self.archive()).write(to: URL(filePath: file))
        let listing = try Shell.run("/bin/tar", ["--quoting-style=literal", "-tvf", file])
        #expect(listing.status == 0)
        for part in [
            "-rwsr-xr-x 7/8", "dir/hard link to dir/a", "dir/sym -> ../x y", "ünï/ß", Self.long, "crw-rw-rw-",
        ] {
            #expect(listing.output.contains(part), "\(listing.output)")
        }
    }

    @Test func `that others compressed is read`() throws {
        let directory = try TemporaryDirectory.required
        try directory.write("content", to: "in/a/b.txt")
        for (flag, name) in [("-z", "gz"), ("-J", "xz"), ("-j", "bz2"), ("", "plain")] {
            let file = directory.path(name)
            let arguments =
                ["-C", directory.path("in"), "-cf", file] + (flag.isEmpty ? [] : [flag]) + ["./a"]
            guard try Shell.run("/bin/tar", arguments).status == 0 else { continue }
            let reader = try TarReader(source(Array(Data(contentsOf: URL(filePath: file)))))
            var paths: [String] = []
            while let entry = try reader.next() { paths.append(entry.path) }
            #expect(paths == ["a", "a/b.txt"])
        }
    }

    @Test func `that is none, is cut, or leads out is refused`() throws {
        var escaping: [UInt8] = []
        TarFormat.appendHeader(of: TarEntry(path: "../x", kind: .directory, mode: 0o755), to: &escaping)
        let cut = Array(Self.archive().prefix(1600))
        for bytes in [Array("this is no archive, whatever it says".utf8), escaping + TarFormat.end, cut] {
            #expect(throws: ArchiveError.self) {
                let reader = try TarReader(source(bytes))
                while try reader.next() != nil { while try !reader.content().isEmpty {} }
            }
        }
    }
}
