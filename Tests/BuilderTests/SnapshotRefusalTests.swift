import Archive
@testable import Builder
import Foundation
import OCI
import TestSupport
import Testing

@Suite("A layer that does not do as it should", .temporaryDirectory) struct SnapshotRefusalTests {
    /// Layers that lead out of themselves, or that Linux has no files for; the last word is of the message.
    private static let refused: [(name: String, members: [(TarEntry, String)], message: String)] = [
        (
            "a link to the host", [(.link("a", to: "/etc"), ""), (.file("a/passwd"), "x")],
            "`/a`, which is a symbolic link"
        ),
        (
            "a link upwards", [(.link("a", to: "../../.."), ""), (.file("a/tmp/x"), "x")],
            "`/a`, which is a symbolic link"
        ),
        (
            "a link below", [(.file("below/x"), "x")],
            "`/below`, which is a symbolic link of the layers under it"
        ),
        (
            "a deep link", [(.link("d/a", to: "/tmp"), ""), (.directory("d/a/x"), "")],
            "`/d/a`, which is a symbolic link"
        ),
        (
            "a hard link to it",
            [(.link("a", to: "/etc"), ""), (.hardLink("b", to: "a"), ""), (.file("b/x"), "x")],
            "`/b`, which is a symbolic link"
        ),
        ("a file as a directory", [(.file("a"), "1"), (.file("a/b"), "2")], "`/a`, which is a file"),
        (
            "a pipe as a directory",
            [(TarEntry(path: "p", kind: .fifo, mode: 0o644), ""), (.file("p/b"), "2")],
            "`/p`, which is a pipe"
        ),
        (
            "a hard link to nothing", [(.hardLink("a", to: "etc/shadow"), "")],
            "`/etc/shadow`, which is not there"
        ),
        (
            "a hard link through a link",
            [(.link("a", to: "/etc"), ""), (.hardLink("b", to: "a/passwd"), "")],
            "`/a/passwd`, which is not there"
        ),
        (
            "a hard link to a directory", [(.directory("d"), ""), (.hardLink("a", to: "d"), "")],
            "directory `/d`"
        ),
        (
            "a hard link to what went",
            [(.directory("d"), ""), (.file("d/f"), "1"), (.file("d"), "2"), (.hardLink("a", to: "d/f"), "")],
            "which is not there"
        ),
        (
            "a whiteout of no name", [(.directory("d"), ""), (.file("d/.wh."), "")],
            "`/d/.wh.`, which removes no file"
        ),
        ("a whiteout of the directory", [(.file("d/.wh.."), "")], "`/d/.wh..`, which removes no file"),
        ("a whiteout of the parent", [(.file("d/.wh..."), "")], "`/d/.wh...`, which removes no file"),
        (
            "overlayfs's own whiteout",
            [(TarEntry(path: "x", kind: .characterDevice(major: 0, minor: 0), mode: 0), "")], "a device 0:0"
        ),
        (
            "nobody's owner", [(.file("u", mode: 0o4755, uid: 4_294_967_295), "x")],
            "of the owner 4294967295:0"
        ),
        ("a root that is a link", [(.link("", to: "/etc"), "")], "a root that is no directory"),
    ]

    @Test(arguments: refused.indices)
    func `is refused, and nothing is left of it`(number: Int) throws {
        let (name, members, message) = Self.refused[number]
        var stack = try LayerStack()
        try stack.add([(.link("below", to: "/tmp"), "")])
        let layer = try stack.layer(members)
        let error = #expect(throws: BuildError.self, "\(name)") {
            // The index is the layer's own: not all archives that are to be refused can be written and read.
            let index = TarIndex(members: members.map { TarIndex.Member(entry: $0.0, offset: nil) })
            _ = try stack.snapshots.directory(for: layer, index: index, over: stack.tree)
        }
        #expect(error?.description.contains(message) == true, "\(String(describing: error))")
        #expect(error?.description.contains("\(layer.descriptor.digest)") == true)
        let left = try Shell.run("ls; ls incoming", in: stack.snapshots.directory).output
        #expect(left == "\(stack.names[0])\nincoming\n")
    }

    @Test func `is refused where it is not what its image says`() throws {
        let stack = try LayerStack()
        var layer = try stack.layer([(.file("a"), "1")])
        let other = try stack.layer([(.file("a"), "2")])
        let index = try stack.index(of: layer)
        layer.descriptor = other.descriptor
        let error = #expect(throws: BuildError.self) {
            try stack.snapshots.directory(for: layer, index: index, over: stack.tree)
        }
        #expect(error?.message.contains("its image says \(layer.diffID)") == true)
        #expect(throws: ArchiveError.self, "another table") {
            _ = try stack.snapshots.directory(
                for: other, index: TarIndex(members: [.init(entry: .file("b"), offset: nil)]),
                over: stack.tree)
        }
        #expect(try Shell.run("ls; ls incoming", in: stack.snapshots.directory).output == "incoming\n")
    }

    @Test func `is refused where it is damaged`() throws {
        let stack = try LayerStack()
        let archive = archive([(.file("a"), String(repeating: "x", count: 5000))])
        let whole = try stack.layer(archive)
        let cut = try stack.layer(Array(archive.prefix(3000)))
        let layer = Layer(descriptor: cut.descriptor, diffID: whole.diffID)
        let index = try stack.index(of: whole)
        #expect(throws: ArchiveError.self) {
            try stack.snapshots.directory(for: layer, index: index, over: stack.tree)
        }
        #expect(try Shell.run("ls incoming", in: stack.snapshots.directory).output == "")
    }

    @Test func `gives overlayfs no orders`() throws {
        var stack = try LayerStack()
        try stack.add([
            (.directory("secret"), ""), (.file("secret/a"), "1"), (.directory("o"), ""), (.file("o/a"), "1"),
        ])
        var redirected = TarEntry.directory("m")
        redirected.extendedAttributes = ["trusted.overlay.redirect": Array("/secret".utf8)]
        var opaque = TarEntry.directory("o")
        opaque.extendedAttributes = [
            "trusted.overlay.opaque": Array("y".utf8), "user.overlay.opaque": Array("y".utf8),
            "user.mine": [1],
        ]
        let path = try stack.add([(redirected, ""), (opaque, "")])
        #expect(try stack.merged("ls m o") == "m:\n\no:\na\n")
        let lines = try LayerStack.listing(path)
        #expect(lines.allSatisfy { !$0.contains("overlay") })
        #expect(lines.contains { $0.hasPrefix("o ") && $0.hasSuffix("user.mine=01") })
    }

    @Test func `may tell a path twice, and a directory as a file`() throws {
        var stack = try LayerStack()
        let path = try stack.add([
            (.directory("d"), ""), (.file("d/x"), "1"), (.hardLink("kept", to: "d/x"), ""), (.file("d"), "2"),
            (.file("f"), "first"), (.file("f"), "second"), (.directory("e"), ""), (.link("e", to: "f"), ""),
            (.directory("e"), ""), (.file("e/new"), "3"),
        ])
        let seen = try Shell.run(
            "find . -type f | sort | xargs tail -n +1 -q; find . -type d | sort", in: path)
        #expect(seen.output == "23second1.\n./e\n")
        #expect(try Shell.run("ls", in: path).output == "d\ne\nf\nkept\n")
    }

    @Test func `may be as deep as Linux takes, and no deeper`() throws {
        let deepest = Array(repeating: "d", count: 2045).joined(separator: "/") + "/f"
        var stack = try LayerStack()
        let path = try stack.add([(.file(deepest), "bottom")])
        #expect(try Shell.run("find . -type f | wc -c", in: path).output == "\(deepest.utf8.count + 3)\n")
        try DirectoryRemoval.remove(path)
        #expect(!FileManager.default.fileExists(atPath: path))
        let layer = try stack.layer([(.file("d/d/d/" + deepest), "x")])
        let error = #expect(throws: ArchiveError.self) { try stack.index(of: layer) }
        #expect(error?.message.contains("less than 4096") == true)
    }
}
