import Archive
import Blobs
import Foundation
import OCI
import TestSupport
import Testing

@testable import Builder

@Suite("A layer laid out", .temporaryDirectory) struct SnapshotTests {
    /// Layers laid out, one over the other.
    private struct Bench {
        let workshop: Workshop
        let snapshots: Snapshots
        var tree = LayeredTree()
        var names: [String] = []

        init() throws {
            workshop = try Workshop()
            snapshots = Snapshots(directory: workshop.cache + "/snapshots", store: workshop.store)
        }

        var indexes: LayerIndexes {
            LayerIndexes(directory: workshop.cache + "/indexes", store: workshop.store)
        }

        /// Lays out one more layer; returns its directory.
        @discardableResult
        mutating func add(_ layer: Layer) throws -> String {
            let contents = try LayerTable(layer, indexes).contents()
            let name = try snapshots.name(of: layer, contents, over: tree)
            tree.apply(contents.index, content: contents.content)
            names.append(name)
            return path(name)
        }

        /// A layer out of an archive's members.
        @discardableResult
        mutating func add(_ members: [(TarEntry, String)]) throws -> String {
            try add(workshop.layer(archive(members.map { (entry: $0.0, content: $0.1) })))
        }

        func path(_ name: String) -> String { "\(snapshots.directory)/\(name)/\(Snapshots.files)" }

        /// Type, mode, owner, size, links, time, path and target of everything below a directory.
        func listing(_ path: String, _ format: String = "%y %m %U:%G %s %n %T@ %P %l") throws -> [String] {
            let outcome = try Shell.run(
                "find . -mindepth 1 -printf '\(format)\\n' | sed -E 's/\\.[0-9]+ / /' | sort -k 7", in: path)
            return outcome.output.split(separator: "\n").map {
                String($0).trimmingCharacters(in: .whitespaces)
            }
        }

        /// What all layers show together.
        func merged(_ script: String) throws -> String {
            let lower = names.reversed().map { "\(path($0))" }.joined(separator: ":")
            let outcome = try Shell.run(
                "/usr/bin/unshare",
                [
                    "-m", "sh", "-c",
                    "mkdir -p m && mount -t overlay o -o lowerdir=\(lower):\(workshop.context) m && cd m && \(script)",
                ],
                in: workshop.directory.path)
            return outcome.output
        }
    }

    private func file(_ path: String, mode: UInt16 = 0o644) -> TarEntry {
        TarEntry(path: path, kind: .file, mode: mode)
    }

    private func directory(_ path: String, mode: UInt16 = 0o755) -> TarEntry {
        TarEntry(path: path, kind: .directory, mode: mode)
    }

    private func link(_ path: String, to target: String) -> TarEntry {
        TarEntry(path: path, kind: .symbolicLink, mode: 0o777, linkTarget: target)
    }

    @Test func `is what tar makes of it`() throws {
        var bench = try Bench()
        let script = """
            umask 0; mkdir -p d/e; echo 1 > d/a; ln d/a d/b; ln -s a d/l; mkfifo d/p; mknod d/c c 1 3; mknod d/k b 7 0
            chmod 4711 d/a; chmod 1777 d/e; chown -h 7:8 d/l d/e; python3 -c 'import os; os.setxattr("d/a", "user.x", b"y")'
            truncate -s 5M d/hole; touch -h -d @77 d/l d/a d/p; chmod 0 d/c
            tar --xattrs --sparse --numeric-owner -cf ../x.tar .; mkdir ../t; tar --xattrs -xpf ../x.tar -C ../t
            """
        let folder = bench.workshop.directory.path("made")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let outcome = try Shell.run("set -e; " + script, in: folder)
        try #require(outcome.status == 0, "\(outcome.output)")
        let bytes = Array(try Data(contentsOf: URL(filePath: bench.workshop.directory.path("x.tar"))))
        let path = try bench.add(bench.workshop.layer(bytes))
        let expected = try bench.listing(bench.workshop.directory.path("t"))
        let made = try bench.listing(path)
        #expect(made == expected)
        #expect(expected.count == 9)
    }

    @Test func `hides and replaces what lies under it`() throws {
        var bench = try Bench()
        try bench.add([
            (directory("d"), ""), (file("d/a"), "1"), (file("d/b"), "1"), (directory("o"), ""),
            (file("o/a"), "1"),
            (file("f"), "1"), (directory("x"), ""), (file("x/a"), "1"),
        ])
        try bench.add([
            (file("d/.wh.a"), ""), (file("o/.wh..wh..opq"), ""), (file("o/b"), "2"), (directory("f"), ""),
            (file("f/in"), "2"), (file(".wh.x"), ""), (directory("x"), ""), (file("x/b"), "2"),
        ])
        #expect(try bench.merged("find . -type f | sort | tr '\\n' ' '") == "./d/b ./f/in ./o/b ./x/b ")
        let known = bench.tree
        #expect(known.node(at: "x/a") == nil && known.node(at: "x/b") != nil && known.node(at: "o/a") == nil)
    }

    @Test func `takes directories that it leaves out from below`() throws {
        var bench = try Bench()
        try bench.add([
            (directory("d", mode: 0o700), ""), (directory("d/e", mode: 0o1777), ""), (file("d/e/a"), "1"),
        ])
        let member = [(file("d/e/b"), "2")]
        let one = try bench.add(member)
        #expect(try bench.merged("stat -c '%a' d d/e | tr '\\n' ' '; cat d/e/a d/e/b") == "700 1777 12")
        // Over another base the same layer looks otherwise.
        var other = try Bench()
        try other.add([(directory("d", mode: 0o755), ""), (directory("d/e"), "")])
        #expect(try other.add(member) != one)
        #expect(try other.merged("stat -c '%a' d d/e | tr '\\n' ' '") == "755 755 ")
    }

    @Test func `copies a file that it only links to`() throws {
        var bench = try Bench()
        try bench.add([(file("a", mode: 0o640), "below")])
        try bench.add([
            (TarEntry(path: "b", kind: .hardLink, mode: 0o640, linkTarget: "a"), ""),
            (TarEntry(path: "none", kind: .hardLink, mode: 0o640, linkTarget: "nothing"), ""),
        ])
        #expect(try bench.merged("cat b; stat -c ' %a' b; ls | tr '\\n' ' '") == "below 640\na b ")
    }

    @Test(
        arguments: [
            [("a", "/"), ("a/escaped", nil)], [("a", "../../../../../../.."), ("a/tmp/escaped", nil)],
            [("d/a", "/tmp"), ("d/a/escaped", nil)],
        ] as [[(String, String?)]])
    func `never leads out of itself`(members: [(String, String?)]) throws {
        var bench = try Bench()
        let entries = members.map { path, target in
            (target.map { link(path, to: $0) } ?? file(path), target == nil ? "bad" : "")
        }
        let path = try bench.add(entries)
        #expect(!FileManager.default.fileExists(atPath: "/escaped"))
        #expect(!FileManager.default.fileExists(atPath: "/tmp/escaped"))
        // The later member wins: what was a link is a directory.
        let last = try #require(members.last?.0)
        #expect(try Shell.run("cat '\(path)/\(last)'", in: "/").output == "bad")
    }

    @Test func `is made once by many at a time`() async throws {
        let bench = try Bench()
        let layer = try bench.workshop.layer(
            archive((0..<200).map { (entry: file("f\($0)"), content: "\($0)") }))
        let names = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var own = bench
                    return try own.add(layer)
                }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(names.count == 1)
        let left = try FileManager.default.contentsOfDirectory(
            atPath: bench.snapshots.directory + "/incoming")
        #expect(left == [])
    }

    @Test func `is what a container left, when that made it`() async throws {
        let workshop = try Workshop.running()
        try await workshop.build(
            """
            FROM busybox
            RUN mkdir -p /d/e && echo 1 > /d/a && ln /d/a /d/b && ln -s a /d/l && chmod 4755 /d/a && rm /etc/group && \
                mkdir /etc/new && rm -r /tmp && mkdir /tmp && echo 3 > /tmp/x
            """)
        // All snapshots made anew out of the layers must look as those that were taken over.
        let folder = workshop.cache + "/snapshots"
        let list =
            "for f in */f; do (cd $f; find . -printf '%y %m %U:%G %s %n %T@ %P %l\\n' | sed 's/^c 0 .* /c /' | grep -v '^d.*  *$' | sort -k 7); done"
        let before = try Shell.run(list, in: folder).output
        let clean = try Shell.run("rm -rf [0-9a-f]*", in: folder)
        try #require(clean.status == 0)
        let image = try await workshop.build("FROM busybox\nRUN true\n")
        _ = image
        try await workshop.build(
            """
            FROM busybox
            RUN mkdir -p /d/e && echo 1 > /d/a && ln /d/a /d/b && ln -s a /d/l && chmod 4755 /d/a && rm /etc/group && \
                mkdir /etc/new && rm -r /tmp && mkdir /tmp && echo 3 > /tmp/x
            RUN echo more > /more && rm /more
            """)
        let after = try Shell.run(list, in: folder).output
        #expect(before == after)
        #expect(before.contains("d/l a"))
    }
}
