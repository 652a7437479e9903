import Archive
import Foundation
import TestSupport
import Testing

@Suite("A tar index", .temporaryDirectory) struct TarIndexTests {
    /// An archive of GNU tar with names, sizes and kinds that need every sort of header.
    private static func archive(format: String) throws -> URL {
        let directory = try TemporaryDirectory.required
        let long = String(repeating: "long-folder/", count: 14)
        for (name, count) in [
            ("a", 0), ("b", 1), ("c", 511), ("d", 512), ("e", 100_000), (long + "f", 513), ("ü", 3),
        ] {
            try directory.write(String(repeating: String(name.suffix(1)), count: count), to: "tree/\(name)")
        }
        let file = directory.url.appending(path: "\(format).tar")
        let script = "cd tree && ln -s b l && ln b h && tar --format=\(format) -cf \(file.path) --sort=name ."
        #expect(try Shell.run(script, in: directory.path).status == 0)
        return file
    }

    @Test(arguments: ["pax", "gnu"])
    func `finds every content where it is`(format: String) throws {
        let bytes = Array(try Data(contentsOf: Self.archive(format: format)))
        var position = 0
        var bytesRead = 0
        let index = try TarIndex(
            {
                let piece = Array(bytes[position..<min(position + 1024, bytes.count)])
                position += piece.count
                bytesRead += piece.count
                return piece
            },
            skip: { count in
                let skipped = min(Int(count), bytes.count - position)
                position += skipped
                return Int64(skipped)
            })
        #expect(bytesRead < bytes.count, "content is skipped, not read")
        let files = index.members.filter { $0.entry.kind == .file }
        #expect(files.count == 7)
        for member in files {
            let offset = Int(try #require(member.offset))
            let content = bytes[offset..<offset + Int(member.entry.size)]
            let letter = Array(String(member.entry.path.suffix(1)).utf8)
            #expect(
                content.enumerated().allSatisfy { $1 == letter[$0 % letter.count] }, "\(member.entry.path)")
            #expect(member.entry.size == Int64(content.count))
        }
        #expect(index.members.contains { $0.entry.kind == .symbolicLink && $0.entry.linkTarget == "b" })
    }

    @Test func `finds no place for content with holes`() throws {
        let directory = try TemporaryDirectory.required
        let script = "truncate -s 1M holes && echo end >> holes && tar -S --format=gnu -cf holes.tar holes"
        #expect(try Shell.run(script, in: directory.path).status == 0)
        let bytes = Array(try Data(contentsOf: directory.url.appending(path: "holes.tar")))
        var isRead = false
        let index = try TarIndex {
            defer { isRead = true }
            return isRead ? [] : bytes
        }
        let member = try #require(index.members.first)
        #expect(member.offset == nil)
        #expect(member.entry.size == (1 << 20) + 4)
    }
}

@Suite("A decompressor", .temporaryDirectory) struct DecompressorTests {
    @Test(arguments: ["cat", "gzip", "bzip2", "xz", "zstd"])
    func `reads what the tool wrote`(tool: String) throws {
        let directory = try TemporaryDirectory.required
        let text = String(repeating: "the same line again\n", count: 50_000)
        try directory.write(text, to: "plain")
        #expect(try Shell.run("\(tool) < plain > packed", in: directory.path).status == 0)
        #expect(try Self.decompressed(directory.url.appending(path: "packed")) == Array(text.utf8))
    }

    @Test func `reads nothing as nothing`() throws {
        let decompressor = try Decompressor { [] }
        #expect(try decompressor.next().isEmpty)
    }

    @Test(arguments: ["gzip", "xz", "zstd"])
    func `refuses data that ends early`(tool: String) throws {
        let directory = try TemporaryDirectory.required
        let script = "seq 100000 | \(tool) > packed && truncate -s -50 packed"
        #expect(try Shell.run(script, in: directory.path).status == 0)
        #expect(throws: ArchiveError.self) {
            try Self.decompressed(directory.url.appending(path: "packed"))
        }
    }

    private static func decompressed(_ file: URL) throws -> [UInt8] {
        var rest = Array(try Data(contentsOf: file))[...]
        let decompressor = try Decompressor {
            defer { rest = rest.dropFirst(10_000) }
            return Array(rest.prefix(10_000))
        }
        var bytes: [UInt8] = []
        while case let piece = try decompressor.next(), !piece.isEmpty { bytes += piece }
        return bytes
    }
}
