import Blobs
import Archive
@testable import Builder
import Foundation
import OCI
import TestSupport
import Testing

@Suite("The snapshots of layers", .temporaryDirectory) struct SnapshotKeepingTests {
    private func incoming(_ stack: LayerStack) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(stack.snapshots.directory)/incoming")
    }

    @Test func `are made once by many at a time`() async throws {
        let stack = try LayerStack()
        let layer = try stack.layer((0..<200).map { (TarEntry.file("d\($0 % 7)/f\($0)"), "\($0)") })
        let index = try stack.index(of: layer)
        let names = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    try await blocking { _ in
                        try stack.snapshots.directory(for: layer, index: index, over: stack.tree)
                    }
                }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        let name = try #require(names.first)
        #expect(names.count == 1)
        #expect(name.utf8.count == Snapshots.nameLength)
        #expect(try incoming(stack) == [])
        #expect(try LayerStack.listing(stack.path(name)).count == 208)
    }

    @Test func `are nobody else's`() throws {
        var stack = try LayerStack()
        try stack.add([(.file("f", mode: 0o4755), "1")])
        #expect(try Shell.run("stat -c %a . incoming", in: stack.snapshots.directory).output == "700\n700\n")
    }

    @Test func `are swept of what dead processes left half made`() throws {
        var stack = try LayerStack()
        try stack.add([(.file("f"), "1")])
        let directory = stack.snapshots.directory
        // A process that is killed while it unpacks, and one that is killed before it has a lock.
        let outcome = try Shell.run(
            """
            mkdir -p incoming/dead/f/d/e incoming/early; echo 1 > incoming/dead/f/d/e/x; ln -s / incoming/dead/f/root
            flock incoming/dead/lock sh -c 'kill -9 $PPID; kill -9 $$' & wait
            """, in: directory)
        #expect(outcome.status == 0)
        // One that still works.
        var draft = try SnapshotDraft(in: directory)
        var writer = try DirectoryWriter(making: draft.files)
        try writer.makeDirectory("d")
        try stack.snapshots.sweep()
        #expect(try incoming(stack).count == 1)
        #expect(FileManager.default.fileExists(atPath: draft.files + "/d"))
        try draft.place(as: "finished")
        try stack.snapshots.sweep()
        #expect(try incoming(stack) == [])
        #expect(FileManager.default.fileExists(atPath: stack.path("finished") + "/d"))
        #expect(FileManager.default.fileExists(atPath: stack.path(stack.names[0]) + "/f"))
    }

    @Test func `count as used when they are asked for`() throws {
        var stack = try LayerStack()
        let layer = try stack.layer([(.file("f"), "1"), (.directory("d", mode: 0), "")])
        try stack.add(layer)
        let name = stack.names[0]
        let path = "\(stack.snapshots.directory)/\(name)"
        let marker = "\(path)/\(FolderUsage.marker)"
        #expect(try Shell.run("/usr/bin/touch", ["-d", "@1000", marker]).status == 0)
        #expect(try FolderUsage(of: path)?.lastUse == 1000 * 1_000_000_000)
        #expect(
            try stack.snapshots.directory(for: layer, index: stack.index(of: layer), over: LayeredTree())
                == name)
        #expect(try FolderUsage(of: path)?.lastUse ?? 0 > 1000 * 1_000_000_000)
    }

    @Test func `keep entries under the key that names them`() throws {
        let stack = try LayerStack()
        let entries = [
            LayerEntry(.directory("d")),
            LayerEntry(TarEntry(path: "d/f", kind: .file, mode: 0o600, size: 2), .bytes([1, 2])),
        ]
        let first = try stack.snapshots.name(of: entries, key: "k")
        #expect(try stack.snapshots.name(of: entries, key: "k") == first)
        #expect(try stack.snapshots.name(of: entries, key: "l") != first)
        #expect(try Shell.run("stat -c '%a %s' d/f", in: stack.path(first)).output == "600 2\n")
    }

    @Test func `show entries without devices and owners to who cannot make any`() throws {
        let directory = try TemporaryDirectory.required
        let device = TarEntry(path: "c", kind: .characterDevice(major: 1, minor: 3), mode: 0o666)
        let entries: [TarEntry] = [device, .hardLink("c2", to: "c"), .file("f", mode: 0o640, uid: 70_000)]
        for (keepsOwners, seen) in [
            (true, "c 666 0\nc2 666 0\nf 640 70000\n"), (false, "f 640 \(geteuid())\n"),
        ] {
            let path = directory.path("\(keepsOwners)")
            var writer = try DirectoryWriter(making: path, keepsOwners: keepsOwners)
            try writer.layOut(entries.map { LayerEntry($0) })
            #expect(try Shell.run("stat -c '%n %a %u' *", in: path).output == seen)
        }
    }

    @Test func `remove directories of any depth and names`() throws {
        let directory = try TemporaryDirectory.required
        let script = """
            import os
            os.makedirs("x"); os.chdir("x"); open(b"\\xff", "w").close(); os.symlink("/etc", "link")
            for _ in range(3000):
                os.mkdir("d"); os.mkdir("e"); os.chdir("d")
            """
        #expect(try Shell.run("/usr/bin/python3", ["-c", script], in: directory.path).status == 0)
        try DirectoryRemoval.remove(directory.path("x"))
        #expect(try Shell.run("ls", in: directory.path).output == "")
        try DirectoryRemoval.remove(directory.path("x"))
        #expect(FileManager.default.fileExists(atPath: "/etc/passwd"))
    }
}
