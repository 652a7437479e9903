import Archive
@testable import Builder
import Foundation
import OCI
import TestSupport
import Testing

@Suite("A laid out layer", .temporaryDirectory) struct SnapshotLayeringTests {
    @Test(arguments: ["--format=pax", "--format=pax --sparse", "--format=gnu --sparse", "--format=ustar"])
    func `is what tar makes of it, whatever the umask`(options: String) throws {
        var stack = try LayerStack()
        let layer = try stack.layer(
            script: """
                mkdir -p d/e z; echo 1 > d/a; ln d/a d/b; ln d/a z/c; ln -s ../d/a d/l; ln d/l d/l2; mkfifo d/p
                mknod d/c c 1 3; mknod d/k b 7 300; ln d/p d/p2; printf '' > d/empty; truncate -s 5M d/hole
                { head -c 5000 /dev/zero; echo x; head -c 100000 /dev/zero; } > d/zeros; truncate -s 9M d/zeros
                chown 70000:8 d/a z; chown -h 7:8 d/l d/e; chmod 6711 d/a; chmod 1777 d/e; chmod 0 d/c z; chmod 2750 d
                echo "$(printf 'x%.0s' $(seq 200))" > 'name with space'; echo > "$(printf 'long%.0s' $(seq 24))"
                find . -exec touch -h -d @1000 {} +; touch -h -d @77 d/l d/p d/e; touch -d @5000000000 d/a
                """, tar: options)
        let outcome = try Shell.run(
            "mkdir unpacked && tar --numeric-owner -xpf made.tar -C unpacked", in: stack.directory.path)
        try #require(outcome.status == 0, "\(outcome.output)")
        // It is the whole process's, and other tests go on meanwhile: it is set back to what is usual.
        umask(0o077)
        defer { umask(0o022) }
        let path = try stack.add(layer)
        // The root is not in the archive.
        let expected = try LayerStack.listing(stack.directory.path("unpacked")).dropFirst()
        #expect(try LayerStack.listing(path).dropFirst() == expected)
        #expect(expected.count == 17)
        let blocks = try Shell.run("stat -c %b d/hole d/zeros", in: path).output.split(separator: "\n")
        #expect(blocks.compactMap { Int($0) }.allSatisfy { $0 < 100 }, "holes stay holes")
    }

    @Test func `has extended attributes, capabilities too`() throws {
        var stack = try LayerStack()
        let capability: [UInt8] = [1, 0, 0, 2, 0, 4, 0, 0] + [UInt8](repeating: 0, count: 12)
        let acl: [UInt8] =
            [2, 0, 0, 0] + [1, 0, 6, 0, 255, 255, 255, 255] + [2, 0, 4, 0, 77, 0, 0, 0]
            + [4, 0, 4, 0, 255, 255, 255, 255] + [16, 0, 4, 0, 255, 255, 255, 255]
            + [32, 0, 4, 0, 255, 255, 255, 255]
        var file = TarEntry.file("f", uid: 9)
        file.extendedAttributes = ["security.capability": capability, "user.binary": [0, 255, 10]]
        var folder = TarEntry.directory("d")
        folder.extendedAttributes = ["user.on": Array("directory".utf8)]
        var listed = TarEntry.file("acl")
        listed.extendedAttributes = ["system.posix_acl_access": acl]
        // Linux has none of these for links: nobody can have set it.
        var link = TarEntry.link("l", to: "f")
        link.extendedAttributes = ["user.on": [1]]
        let path = try stack.add([(file, "1"), (folder, ""), (listed, "2"), (link, "")])
        let lines = try LayerStack.listing(path)
        #expect(lines.contains { $0.hasPrefix("f ") && $0.contains("security.capability=0100000200040000") })
        #expect(lines.contains { $0.hasPrefix("f ") && $0.hasSuffix("user.binary=00ff0a") })
        #expect(lines.contains { $0.hasPrefix("d ") && $0.hasSuffix("user.on=6469726563746f7279") })
        #expect(lines.contains { $0.hasPrefix("acl ") && $0.contains("posix_acl_access=02000000") })
    }

    @Test func `hides and replaces what lies under it`() throws {
        var stack = try LayerStack()
        try stack.add([
            (.directory("d"), ""), (.file("d/a"), "1"), (.file("d/b"), "1"), (.directory("o"), ""),
            (.file("o/a"), "1"), (.file("f"), "1"), (.directory("x"), ""), (.file("x/a"), "1"),
            (.directory("y"), ""), (.directory("y/in"), ""), (.file("y/in/a"), "1"),
            (.link("s", to: "d"), ""),
        ])
        try stack.add([
            (.file("d/.wh.a"), ""), (.file("o/.wh..wh..opq"), ""), (.file("o/b"), "2"), (.directory("f"), ""),
            (.file("f/in"), "2"), (.file(".wh.x"), ""), (.file("x/b"), "2"), (.file("y"), "2"),
            (.directory("s"), ""), (.file("s/new"), "2"),
        ])
        #expect(
            try stack.merged("find . -type f | sort | tr '\\n' ' '")
                == "./d/b ./f/in ./o/b ./s/new ./x/b ./y ")
        try stack.add([(.directory("y"), ""), (.file("y/c"), "3"), (.file("f"), "3")])
        #expect(try stack.merged("find y f | sort | tr '\\n' ' '") == "f y y/c ")
        try expectTree(of: stack)
    }

    /// What the builder knows of the layers is what a container sees.
    private func expectTree(of stack: LayerStack) throws {
        var expected: [String] = []
        var waiting: [FileNode] = [.root]
        while let directory = waiting.popLast() {
            for child in stack.tree.children(of: directory) {
                let entry = child.entry
                expected.append(
                    "\(entry.path) \(String(entry.mode, radix: 8)) \(entry.uid) \(entry.modified)")
                if child.isDirectory { waiting.append(child) }
            }
        }
        let seen = try stack.merged("find . -mindepth 1 -printf '%P %m %U %Ts\\n'").split(separator: "\n")
        #expect(seen.map(String.init).sorted() == expected.sorted())
    }

    @Test func `shows nothing of whiteouts that hide nothing`() throws {
        var stack = try LayerStack()
        try stack.add([(.directory("d"), ""), (.file("d/a"), "1"), (.file("d/b"), "1")])
        try stack.add([
            (.file("d/.wh..wh..opq"), ""), (.file("d/.wh.a"), ""), (.file("d/c"), "2"), (.directory("n"), ""),
            (.file("n/.wh.ghost"), ""), (.file(".wh.nothing"), ""), (.file(".wh..wh.plnk"), ""),
            (.file("gone/.wh.x"), ""), (.file("e/.wh..wh..opq"), ""),
        ])
        #expect(try stack.merged("find . -mindepth 1 -printf '%P\\n' | sort") == "d\nd/c\nn\n")
        // The kernel lists such names, and then does not find them.
        _ = try stack.change("rm -r n d; ls -A; test -z \"$(ls -A)\"")
        try expectTree(of: stack)
    }

    @Test func `hides everything under it where the root is opaque`() throws {
        var stack = try LayerStack()
        try stack.add([
            (.directory("gone"), ""), (.file("gone/x"), "1"), (.directory("d", mode: 0o700), ""),
            (.file("d/a"), "1"),
            (.file("f"), "1"),
        ])
        try stack.add([(.file(".wh..wh..opq"), ""), (.file("d/b"), "2"), (.file("f"), "2")])
        #expect(try stack.merged("find . -mindepth 1 -printf '%P %m\\n' | sort") == "d 755\nd/b 644\nf 644\n")
        try expectTree(of: stack)
    }

    @Test func `takes directories that it leaves out from below`() throws {
        var stack = try LayerStack()
        var folder = TarEntry.directory("d", mode: 0o700, uid: 5)
        folder.extendedAttributes = ["user.x": [1]]
        try stack.add([
            (folder, ""), (.directory("d/e", mode: 0o1777), ""), (.file("d/e/a"), "1"), (.directory("r"), ""),
        ])
        let member: [(TarEntry, String)] = [
            (.file("d/e/b"), "2"), (.file("r/.wh.no"), ""), (.file("new/c"), "2"),
        ]
        let one = try stack.add(member)
        #expect(
            try stack.merged("stat -c '%a:%u:%Y' . d d/e new | tr '\\n' ' '; cat d/e/a d/e/b")
                == "755:0:0 700:5:1000 1777:0:1000 755:0:0 12")
        #expect(try LayerStack.listing(one).contains { $0.hasPrefix("d ") && $0.hasSuffix("user.x=01") })
        try expectTree(of: stack)
        // Over another base the same layer looks otherwise.
        var other = try LayerStack()
        try other.add([(.directory("d"), ""), (.directory("d/e"), "")])
        #expect(try other.add(member) != one)
        #expect(try other.merged("stat -c '%a' d d/e | tr '\\n' ' '") == "755 755 ")
        // What it removes is not what it leaves out.
        try other.add([(.file(".wh.d"), ""), (.file("d/only"), "3")])
        #expect(try other.merged("ls d; stat -c '%a:%Y' d") == "only\n755:0\n")
        try expectTree(of: other)
    }

    @Test func `copies a file that it only links to`() throws {
        var stack = try LayerStack()
        try stack.add([
            (.file("a", mode: 0o640, uid: 3), "below"), (.link("s", to: "a"), ""), (.directory("d"), ""),
        ])
        let path = try stack.add([
            (.hardLink("b", to: "a", mode: 0o640, uid: 3), ""),
            (.hardLink("d/c", to: "b", mode: 0o640, uid: 3), ""),
            (.hardLink("s2", to: "s"), ""),
        ])
        #expect(
            try stack.merged("cat a b d/c s2; stat -c '%a %u %h' b; readlink s2")
                == "belowbelowbelowbelow640 3 2\na\n")
        #expect(try LayerStack.listing(path).filter { $0.contains("link of b") }.count == 2)
        try expectTree(of: stack)
    }

    @Test func `stacks a hundred and twenty times`() throws {
        var stack = try LayerStack()
        for number in 0..<120 {
            try stack.add([(.file("f\(number % 60)"), "\(number)"), (.file("d/\(number)"), "")])
        }
        let lower = stack.names.reversed().map { "\($0)/\(Snapshots.files)" }.joined(separator: ":")
        #expect(lower.utf8.count < 3600)
        let outcome = try Shell.run(
            "/usr/bin/unshare",
            [
                "-m", "/bin/sh", "-c",
                "cd '\(stack.snapshots.directory)' && mkdir m && mount -t overlay o -o lowerdir=\(lower) m && cat m/f7 && ls m/d | wc -l",
            ])
        #expect(outcome.output == "67120\n")
    }
}
