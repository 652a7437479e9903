import Archive
import TestSupport
import Testing

/// Gives bytes in pieces of random sizes.
private func pieces(of bytes: [UInt8], seed: UInt64) -> () -> [UInt8] {
    var random = SeededGenerator(seed: seed)
    var rest = bytes[...]
    return {
        let piece = Array(rest.prefix(Int.random(in: 1...700, using: &random)))
        rest = rest.dropFirst(piece.count)
        return piece
    }
}

/// Every entry and the sizes of their contents; a bomb's end is not waited for.
private func read(_ bytes: [UInt8], seed: UInt64 = 0) throws -> [TarEntry] {
    let reader = try TarReader(pieces(of: bytes, seed: seed))
    var entries: [TarEntry] = []
    var size = 0
    while size < 8 << 20, let entry = try reader.next() {
        entries.append(entry)
        while size < 8 << 20, case let piece = try reader.content(), !piece.isEmpty { size += piece.count }
    }
    return entries
}

private func unpacked(_ bytes: [UInt8], seed: UInt64 = 0) throws -> [UInt8] {
    let decompressor = try Decompressor(pieces(of: bytes, seed: seed))
    var output: [UInt8] = []
    while output.count < 8 << 20, case let piece = try decompressor.next(), !piece.isEmpty { output += piece }
    return output
}

private func gzip(_ bytes: [UInt8]) throws -> [UInt8] { try GzipWriterTests.compress(bytes, threads: 1) }

/// A pax header's record.
private func record(_ key: String, _ value: String) -> [UInt8] {
    let body = " \(key)=\(value)\n"
    var length = body.utf8.count
    while String(length).utf8.count + body.utf8.count != length {
        length = String(length).utf8.count + body.utf8.count
    }
    return Array("\(length)\(body)".utf8)
}

/// An archive of one entry whose header says in octal or base 256 what `change` puts into it.
private func archive(_ entry: TarEntry, records: [UInt8] = [], _ change: (inout [UInt8]) -> Void = { _ in })
    -> [UInt8]
{
    var bytes: [UInt8] = []
    if !records.isEmpty {
        var header: [UInt8] = []
        let size = Int64(records.count)
        TarFormat.appendHeader(of: TarEntry(path: "x", kind: .file, mode: 0, size: size), to: &header)
        header[156] = UInt8(ascii: "x")
        bytes += header.withChecksum + records + [UInt8](repeating: 0, count: TarFormat.padding(after: size))
    }
    TarFormat.appendHeader(of: entry, to: &bytes)
    var header = Array(bytes.suffix(TarFormat.blockSize))
    change(&header)
    bytes.removeLast(TarFormat.blockSize)
    return bytes + header.withChecksum + TarFormat.end
}

extension [UInt8] {
    fileprivate var withChecksum: [UInt8] {
        var header = self
        header.replaceSubrange(148..<156, with: [UInt8](repeating: 0x20, count: 8))
        let digits = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
        let field = String(repeating: "0", count: 6 - digits.utf8.count) + digits + "\0 "
        header.replaceSubrange(148..<156, with: field.utf8)
        return header
    }
}

@Suite("An archive that was damaged") struct DamageTests {
    @Test(.timeLimit(.minutes(5))) func `is refused, or holds what can be written again`() throws {
        let valid = TarTests.archive()
        var random = SeededGenerator(seed: 1)
        for round in 0..<150 {
            let bytes = random.mutated(valid, with: ["ustar", "\0", "././@LongLink", "SCHILY.", "../", "/"])
            guard let entries = try? read(bytes, seed: UInt64(round)) else { continue }
            for entry in entries {
                var header: [UInt8] = []
                TarFormat.appendHeader(of: entry, to: &header)
                #expect(TarFormat.isHeader(header) && header.count % TarFormat.blockSize == 0)
                #expect(!entry.path.split(separator: "/").contains(".."))
            }
        }
    }

    @Test(.timeLimit(.minutes(5))) func `and was compressed never stops the reader`() throws {
        let compressed = try gzip(TarTests.archive())
        var random = SeededGenerator(seed: 2)
        for round in 0..<150 {
            let bytes = random.mutated(compressed)
            // Either it fails, or a checksum says that it is what it was.
            _ = try? unpacked(bytes, seed: UInt64(round))
            _ = try? read(bytes, seed: UInt64(round))
        }
        for _ in 0..<100 {
            let magic: [[UInt8]] = [
                [0x1F, 0x8B, 8], Array("BZh9".utf8), [0x28, 0xB5, 0x2F, 0xFD], [0xFD] + "7zXZ\0".utf8,
            ]
            _ = try? unpacked((magic.randomElement(using: &random) ?? []) + random.noise(upTo: 300))
        }
    }

    @Test func `into any pieces is read the same`() throws {
        let archive = TarTests.archive()
        let members = try gzip(Array(archive[..<1_000])) + gzip([]) + gzip(Array(archive[1_000...]))
        for seed in 0..<10 as Range<UInt64> {
            #expect(try unpacked(members, seed: seed) == archive)
            #expect(try read(members, seed: seed) == TarTests.entries.map(\.0))
        }
    }

    @Test(arguments: [
        ("SCHILY.devmajor", "-1"), ("SCHILY.devminor", "-5"), ("SCHILY.devmajor", "4096"),
        ("SCHILY.devminor", "9223372036854775807"), ("SCHILY.devmajor", "18446744073709551615"),
    ])
    func `in a device's number is refused`(key: String, value: String) {
        let device = TarEntry(path: "dev", kind: .characterDevice(major: 1, minor: 3), mode: 0o666)
        let bytes = archive(device, records: record(key, value))
        let error = #expect(throws: ArchiveError.self) { try read(bytes) }
        #expect(error?.description.contains("a device that cannot be") == true)
    }

    @Test(arguments: [("uid", "4294967296"), ("gid", "9223372036854775807")])
    func `in an owner is refused`(key: String, value: String) {
        let bytes = archive(TarEntry(path: "a", kind: .directory, mode: 0o755), records: record(key, value))
        let error = #expect(throws: ArchiveError.self) { try read(bytes) }
        #expect(error?.description.contains("an owner that cannot be") == true)
    }

    @Test(arguments: [[0x80, 0x7F, 0xFF, 0xFF, 0xFF], [0xFF], [0x80, 0xFF]] as [[UInt8]])
    func `in a size is refused`(start: [UInt8]) {
        let bytes = archive(TarEntry(path: "a", kind: .file, mode: 0o644)) { header in
            header.replaceSubrange(124..<136, with: start + [UInt8](repeating: 0xFF, count: 12 - start.count))
        }
        #expect(throws: (any Error).self) { try read(bytes) }
        #expect(throws: (any Error).self) { try TarIndex(pieces(of: bytes, seed: 0), skip: { $0 }) }
    }

    @Test(arguments: [
        "..", "../x", "a/../../x", "/../x", "../\u{301}x", "a/../\u{301}x", "./..", "a/..",
    ])
    func `to lead out of its root is refused`(path: String) {
        let link = TarEntry(path: "a", kind: .hardLink, mode: 0o644, linkTarget: path)
        for bytes in [archive(TarEntry(path: path, kind: .fifo, mode: 0o644)), archive(link)] {
            let error = #expect(throws: ArchiveError.self) { try read(bytes) }
            #expect(error?.description.contains("leads out of its root") == true)
        }
    }

    @Test(arguments: [
        ("/\u{301}x", "\u{301}x"), ("a//\u{301}x/.", "a/\u{301}x"), ("..\u{301}/x", "..\u{301}/x"),
        ("./a/./b/", "a/b"),
        ("...", "..."), ("/", ""),
    ])
    func `or odd in its names is read in order`(path: String, expected: String) throws {
        let entries = try read(archive(TarEntry(path: path, kind: .fifo, mode: 0o644)))
        #expect(entries.map { Array($0.path.unicodeScalars) } == [Array(expected.unicodeScalars)])
    }

    @Test(arguments: [("", TarEntry.Kind.hardLink), ("/", .hardLink), ("./", .hardLink), ("", .symbolicLink)])
    func `into a link to nothing is refused`(target: String, kind: TarEntry.Kind) {
        #expect(throws: ArchiveError.self) {
            try read(archive(TarEntry(path: "a", kind: kind, mode: 0o644, linkTarget: target)))
        }
    }

    @Test func `as text is what it is, and not decoded`() throws {
        let text = "begin 644 x\n#86)C\n`\nend\n"
        #expect(try unpacked(Array(text.utf8)) == Array(text.utf8))
    }
}
