import Archive
import Foundation
import TestSupport
import Testing

@Suite("A tar archive", .temporaryDirectory) struct TarExchangeTests {
    private static func source(_ bytes: [UInt8]) -> () throws -> [UInt8] {
        var rest = bytes[...]
        return {
            defer { rest = rest.dropFirst(4096) }
            return Array(rest.prefix(4096))
        }
    }

    /// An archive that a script writes to `x.tar`, entry by entry.
    private func read(script: String) throws -> [String: (entry: TarEntry, content: [UInt8])] {
        let directory = try TemporaryDirectory.required
        let outcome = try Shell.run("set -e; umask 022; mkdir in; cd in\n" + script, in: directory.path)
        try #require(outcome.status == 0, "\(outcome.output)")
        let bytes = Array(try Data(contentsOf: directory.url.appending(path: "x.tar")))
        let reader = try TarReader(Self.source(bytes))
        var entries: [String: (TarEntry, [UInt8])] = [:]
        while let entry = try reader.next() {
            var content: [UInt8] = []
            while case let piece = try reader.content(), !piece.isEmpty { content += piece }
            entries[entry.path] = (entry, content)
        }
        return entries
    }

    /// Writes our archive of one file, and returns what a script says of it; it is `x.tar`.
    private func told(_ entry: TarEntry, _ script: String) throws -> String {
        let directory = try TemporaryDirectory.required
        var bytes: [UInt8] = []
        TarFormat.appendHeader(of: entry, to: &bytes)
        try Data(bytes + TarFormat.end).write(to: directory.url.appending(path: "x.tar"))
        return try Shell.run(script, in: directory.path).output
    }

    @Test(arguments: [
        "gnu", "pax --sparse-version=0.0", "pax --sparse-version=0.1", "pax --sparse-version=1.0",
    ])
    func `has holes, whichever way they are told`(format: String) throws {
        let entries = try read(
            script: """
                truncate -s 300K hole; { head -c 70000 /dev/zero; echo mid; head -c 200000 /dev/zero; } > around
                { echo start; truncate -s 1M /dev/stdout; } > end; cp --sparse=always around both
                python3 -c 'f = open("many", "wb")
                for n in range(40): f.seek(n * 20000); f.write(b"%d" % n)
                f.truncate(1000000)'
                tar --format=\(format) --sparse --hole-detection=raw -cf ../x.tar *
                """)
        #expect(entries.count == 5)
        for (name, found) in entries {
            let file = try TemporaryDirectory.required.url.appending(path: "in/\(name)")
            #expect(found.content == Array(try Data(contentsOf: file)), "\(name)")
            #expect(found.entry.size == Int64(found.content.count))
        }
    }

    @Test(arguments: ["gnu", "pax"])
    func `has owners and sizes of any number, and names of any length`(format: String) throws {
        let long = String(repeating: "folder/", count: 100)
        let entries = try read(
            script: """
                mkdir -p \(long); echo 1 > \(long)/f; ln -s \(long) l; ln \(long)/f h; mknod c c 4095 1048575; mknod b b 259 3
                mkfifo p; chmod 7755 h; touch -d @9999999999 h
                tar --format=\(format) --owner=:4000000000 --group=:3000000000 --sort=name -cf ../x.tar h *
                """)
        #expect(entries["l"]?.entry.linkTarget == long)
        let file = try #require(entries["h"]?.entry)
        #expect((file.uid, file.gid) == (4_000_000_000, 3_000_000_000))
        #expect((file.mode, file.modified) == (0o7755, 9_999_999_999))
        #expect(entries[long + "f"]?.entry.kind == .hardLink)
        #expect(entries[long + "f"]?.entry.linkTarget == "h")
        #expect(entries["c"]?.entry.kind == .characterDevice(major: 4095, minor: 1_048_575))
        #expect(entries["b"]?.entry.kind == .blockDevice(major: 259, minor: 3))
        #expect(entries["p"]?.entry.kind == .fifo)
    }

    @Test func `has extended attributes of files, directories and links`() throws {
        let entries = try read(
            script: """
                echo 1 > f; mkdir d; ln -s f l
                python3 - <<'END'
                import os
                os.setxattr("f", "user.bytes", bytes([0, 61, 10, 255])); os.setxattr("d", "user.d", b"")
                os.setxattr("f", "security.capability", bytes([1, 0, 0, 2, 0, 4, 0, 0] + [0] * 12))
                os.setxattr("l", "trusted.l", b"x", follow_symlinks=False)
                END
                tar --xattrs --xattrs-include='*' -cf ../x.tar *
                """)
        let file = try #require(entries["f"]?.entry.extendedAttributes)
        #expect(file["user.bytes"] == [0, 61, 10, 255])
        #expect(file["security.capability"]?.prefix(6) == [1, 0, 0, 2, 0, 4])
        #expect(entries["d"]?.entry.extendedAttributes["user.d"] == [])
        #expect(entries["l"]?.entry.extendedAttributes["trusted.l"] == [120])
    }

    @Test func `has extended attributes that others set again`() throws {
        var entry = TarEntry(path: "f", kind: .file, mode: 0o644)
        entry.extendedAttributes = ["user.bytes": [0, 61, 10, 255], "user.empty": [], "trusted.é": [1]]
        let script = """
            tar --xattrs --xattrs-include='*' -xf x.tar
            python3 -c 'import os; print({k: list(os.getxattr("f", k)) for k in sorted(os.listxattr("f"))})'
            """
        let told = try told(entry, script)
        #expect(told == "{'trusted.é': [1], 'user.bytes': [0, 61, 10, 255], 'user.empty': []}\n")
    }

    @Test func `has numbers that others understand`() throws {
        var entry = TarEntry(
            path: "f", kind: .file, mode: 0o6711, uid: 4_000_000_000, gid: 2_097_152, size: 9_663_676_416,
            modified: -5)
        let list = "TZ=UTC tar --numeric-owner --full-time -tvf x.tar"
        // The content itself is not there: it is told, and then missed.
        let line = try told(entry, list)
        #expect(line.contains("-rws--s--x 4000000000/2097152 9663676416 1969-12-31 23:59:55 f"), "\(line)")
        entry = TarEntry(path: "d", kind: .characterDevice(major: 4095, minor: 1_048_575), mode: 0o600)
        #expect(try told(entry, list).contains("crw------- 0/0    4095,1048575 "))
    }

    @Test func `has no path that Linux does not take`() throws {
        for (length, isTaken) in [(4095, true), (4096, false)] {
            let path = String(repeating: "d/", count: length / 2) + (length.isMultiple(of: 2) ? "" : "f")
            var bytes: [UInt8] = []
            TarFormat.appendHeader(of: TarEntry(path: path, kind: .file, mode: 0o644), to: &bytes)
            let reader = try TarReader(Self.source(bytes + TarFormat.end))
            guard !isTaken else {
                #expect(try reader.next()?.path == path)
                continue
            }
            let error = #expect(throws: ArchiveError.self) { try reader.next() }
            #expect(error?.message.contains("has 4096 bytes, and a path of Linux less than 4096") == true)
        }
    }
}
