import Archive
@testable import Builder
import Foundation
import OCI
import TestSupport
import Testing

@Suite("An upper directory", .temporaryDirectory) struct UpperDirectoryTests {
    /// Layers with a bit of everything, and what a container does to them.
    private struct Bench {
        var stack: LayerStack
        var upper = ""

        init() throws {
            stack = try LayerStack()
            var noted = TarEntry.file("d/noted")
            noted.extendedAttributes = ["user.note": [1]]
            try stack.add([
                (.directory("d"), ""), (.file("d/a"), "1"), (.file("d/b"), "2"), (noted, "n"),
                (.directory("d/sub", mode: 0o750, uid: 7), ""), (.file("d/sub/x"), "x"),
                (.directory("e"), ""),
                (.file("e/empty"), ""), (.link("l", to: "d"), ""), (.file("tool", mode: 0o755), "tool"),
                (.hardLink("tool2", to: "tool", mode: 0o755), ""), (.directory("old"), ""),
                (.file("old/x"), "x"),
            ])
            try stack.add([(.file("d/sub/y"), "y"), (.directory("old/deep"), ""), (.file("old/deep/z"), "z")])
        }

        /// The entries of what a script changes.
        mutating func entries(_ script: String, epoch: Int64 = 1_000_000) throws -> [LayerEntry] {
            upper = try stack.change(script)
            return try UpperDirectory(
                path: upper, base: stack.tree, times: .init(threshold: epoch, latest: epoch)
            ).entries()
        }

        /// As `tar` would list them.
        mutating func listing(_ script: String) throws -> [String] {
            try entries(script).map { entry in
                let link = entry.entry.linkTarget.isEmpty ? "" : " -> \(entry.entry.linkTarget)"
                return "\(entry.entry.kind.letter) \(entry.entry.path)\(link)"
            }
        }
    }

    private static let changes: [(script: String, listing: [String])] = [
        ("true", []),
        ("rm d/a", ["f d/.wh.a"]),
        ("rm -r d/sub old", ["f .wh.old", "f d/.wh.sub"]),
        ("rm -r d && mkdir d && echo > d/new", ["d d", "f d/.wh..wh..opq", "f d/new"]),
        (
            "rm -r old/deep && mkdir old/deep && chmod 700 old/deep",
            ["d old/deep", "f old/deep/.wh..wh..opq"]
        ),
        ("rm -r e; echo > e", ["f e"]),
        ("rm tool; mkdir -p tool/in", ["d tool", "d tool/in"]),
        ("rm l; mkdir l", ["d l"]),
        ("rm -r old; ln -s d old", ["l old -> d"]),
        ("mkdir -p new/a/b; echo > new/a/b/f", ["d new", "d new/a", "d new/a/b", "f new/a/b/f"]),
        ("mkdir x; rmdir x; echo > y; rm y", []),
        ("chmod 700 d/sub", ["d d/sub"]),
        ("chown 9:9 d/sub; echo > d/sub/z", ["d d/sub", "f d/sub/z"]),
        ("echo 3 > d/sub/x", ["f d/sub/x"]),
        ("touch d e d/sub", []),
        // Opened for writing, and left as it was: the kernel copies it up all the same.
        ("exec 3>> d/a; exec 4>> e/empty; exec 5>> d/noted", []),
        ("echo -n 1 > d/a; touch -d @1000 d/a", []),
        ("echo -n 9 > d/a; touch -d @1000 d/a", ["f d/a"]),
        ("touch -d @2000 d/a", ["f d/a"]),
        ("chmod 600 e/empty; touch -d @1000 e/empty", ["f e/empty"]),
        ("python3 -c 'import os; os.setxattr(\"d/noted\", \"user.note\", b\"2\")'", ["f d/noted"]),
        ("ln tool third", ["f third"]),
        ("echo > n; ln n n2; ln n d/n3", ["f d/n3", "h n -> d/n3", "h n2 -> d/n3"]),
        ("ln -s x s; ln s s2; mkfifo p; ln p p2", ["p p", "h p2 -> p", "l s -> x", "h s2 -> s"]),
        ("mknod c c 1 3; mknod b b 7 0", ["b b", "c c"]),
        (
            "mv d/a moved; mv old older",
            ["f .wh.old", "f d/.wh.a", "f moved", "d older", "d older/deep", "f older/deep/z", "f older/x"]
        ),
        ("python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"e/socket\")'", []),
        ("chmod 700 .; touch -d @5 .", []),
        ("echo > a-; mkdir a; echo > a/b; echo > a0", ["d a", "f a-", "f a/b", "f a0"]),
    ]

    @Test(arguments: changes.indices)
    func `tells what really changed`(number: Int) throws {
        let (script, listing) = Self.changes[number]
        var bench = try Bench()
        #expect(try bench.listing(script) == listing, "\(script)")
    }

    /// Each of the scripts, and much at once.
    private static let scripts =
        changes.map(\.script) + [
            """
            rm -r d/sub; mkdir -p d/sub/again; echo hello > d/sub/again/f; chmod 4755 tool; ln tool tool3
            rm old/x; mkdir old/x; echo > old/x/in; ln -s /etc old/link; truncate -s 40M old/sparse
            python3 -c 'import os, socket; socket.socket(socket.AF_UNIX).bind("sock"); os.setxattr("e", "user.e", b"1")'
            python3 -c 'import os; os.setxattr("tool", "security.capability", bytes([1,0,0,2,0,4,0,0]+[0]*12))'
            touch -d @77 e/old; touch -d @4000000000 e/young; touch -d @500.5 e/half; mkdir e/dir; chmod 1777 e/dir
            chown 5:6 e/old; mkdir -m 700 e/dir/private; exec 3>> d/b; ln -s a e/l; touch -h -d @9 e/l; chgrp 9 .
            """
        ]

    @Test(arguments: scripts.indices)
    func `becomes what unpacking its layer gives`(number: Int) throws {
        var bench = try Bench()
        let lister = try bench.stack.lister()
        let seen = bench.stack.directory.path("seen")
        let entries = try bench.entries(Self.scripts[number] + "\npython3 '\(lister)' . '' > '\(seen)'")
        guard !entries.isEmpty else {
            #expect(try LayerStack.listing(bench.upper).count == 1, "nothing is left of it")
            return
        }
        let writer = LayerWriter(store: bench.stack.store, threads: 2, isCanceled: { false })
        let written = try writer.write(entries)
        let stack = bench.stack
        // In another place the layer is unpacked, in this one the directory is taken over.
        let other = Snapshots(directory: stack.directory.path("other"), store: stack.store)
        let name = try other.directory(for: written.layer, index: written.index, over: stack.tree)
        let adopted = try stack.snapshots.adopt(
            bench.upper, as: written.layer, index: written.index, over: stack.tree)
        #expect(adopted == name)
        #expect(!FileManager.default.fileExists(atPath: bench.upper))
        let unpacked = try LayerStack.listing("\(other.directory)/\(name)/\(Snapshots.files)")
        #expect(try LayerStack.listing(stack.path(adopted)) == unpacked)
        // All layers together show what the container saw, but for the root, which no layer tells.
        bench.stack.put(adopted, written.layer, written.index)
        let before = try String(contentsOfFile: seen, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(try bench.stack.mergedListing(withTimes: false).dropFirst() == before.dropFirst())
        #expect(try stack.index(of: written.layer).members.map(\.entry) == written.index.members.map(\.entry))
    }

    @Test func `tells no time that is later than its limit`() throws {
        var bench = try Bench()
        let script =
            "touch -d @4000000000 young; touch -d @500.75 half; touch -d @77 aged; echo > now; mkdir folder"
        let entries = try bench.entries(script, epoch: 1500)
        let times = Dictionary(uniqueKeysWithValues: entries.map { ($0.entry.path, $0.entry.modified) })
        #expect(times == ["young": 1500, "half": 500, "aged": 77, "now": 1500, "folder": 1500])
        let seen = try Shell.run("stat -c %.9Y young half aged now folder", in: bench.upper).output
        #expect(seen.split(separator: "\n").map(String.init).allSatisfy { $0.hasSuffix(".000000000") })
        #expect(seen.hasPrefix("1500.") && seen.contains("\n77."))
        let limits = UpperDirectory.Times(threshold: 100, latest: 50)
        #expect([99, 100, 101].map(limits.told) == [99, 100, 50])
    }

    private static let refused: [(script: String, message: String)] = [
        ("touch d/.wh.x", "`/d/.wh.x` cannot be in an image: its name says that another file is removed"),
        ("touch \"$(printf 'e/caf\\351')\"", "cannot be in an image: its name is not UTF-8"),
        ("ln -s \"$(printf 'caf\\351')\" e/l", "the link `l` cannot be in an image"),
        (
            "python3 -c 'import os\nfor _ in range(4000): os.mkdir(\"d\" * 9); os.chdir(\"d\" * 9)'",
            "its path has 4099 bytes"
        ),
    ]

    @Test(arguments: refused.indices)
    func `is refused with names that no layer can tell`(number: Int) throws {
        let (script, message) = Self.refused[number]
        var bench = try Bench()
        let error = #expect(throws: BuildError.self) { try bench.entries(script) }
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
        try DirectoryRemoval.remove(bench.stack.directory.path("upper"))
        #expect(!FileManager.default.fileExists(atPath: bench.stack.directory.path("upper")))
    }

    @Test func `is refused when overlayfs left a part of it elsewhere`() throws {
        var bench = try Bench()
        _ = try bench.entries("mkdir new")
        let set = "import os; os.setxattr(\"new\", \"trusted.overlay.redirect\", b\"/old\")"
        #expect(try Shell.run("/usr/bin/python3", ["-c", set], in: bench.upper).status == 0)
        let upper = UpperDirectory(
            path: bench.upper, base: bench.stack.tree, times: .init(threshold: 1, latest: 1))
        let error = #expect(throws: BuildError.self) { try upper.entries() }
        #expect(error?.message.contains("`/new`") == true)
    }

    @Test(arguments: [
        "echo more >> f", "truncate -s 3 f", "rm f", "rm f; ln -s /etc/passwd f", "rm f; mkdir f",
    ])
    func `is an error when it changes while it is read`(script: String) throws {
        var bench = try Bench()
        let entries = try bench.entries("seq 1000 > f")
        #expect(try Shell.run(script, in: bench.upper).status == 0)
        let writer = LayerWriter(store: bench.stack.store, threads: 1, isCanceled: { false })
        let error = #expect(throws: BuildError.self) { try writer.write(entries) }
        #expect(error?.message.contains("f`") == true, "\(String(describing: error))")
    }

    @Test func `is a tree of files`() throws {
        var bench = try Bench()
        _ = try bench.entries("mkdir -p new/d; echo hello > new/d/f; ln -s f new/d/l; chmod 640 new/d/f")
        let tree = UpperTree(path: bench.upper)
        #expect(try tree.children(of: .root).map(\.path) == ["new"])
        let folder = try #require(try tree.node(at: "new/d"))
        #expect(try tree.children(of: folder).map(\.path) == ["new/d/f", "new/d/l"])
        let file = try #require(try tree.node(at: "new/d/f"))
        #expect(file.entry.mode == 0o640)
        var bytes: [UInt8] = []
        try tree.read(file) { piece in piece.withUnsafeBytes { bytes += $0 } }
        #expect(bytes == Array("hello\n".utf8))
        #expect(try tree.node(at: "new/none") == nil)
    }
}

extension TarEntry.Kind {
    fileprivate var letter: String {
        switch self {
        case .file: "f"
        case .directory: "d"
        case .symbolicLink: "l"
        case .hardLink: "h"
        case .characterDevice: "c"
        case .blockDevice: "b"
        case .fifo: "p"
        }
    }
}
