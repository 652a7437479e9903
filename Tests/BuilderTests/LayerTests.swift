import Archive
import Blobs
import Builder
import Foundation
import OCI
import Synchronization
import TestSupport
import Testing

@Suite("A layer", .temporaryDirectory) struct LayerTests {
    private static let files =
        "head -c 5000000 /dev/zero | tr '\\0' 'a' > big; head -c 3000000 /dev/urandom > ../random; cp ../random random\n"
        + "mkdir d; for i in 9 1 5 3; do echo $i > d/$i; done; echo > $(printf 'long%.0s' $(seq 40))"

    @Test func `has the same bytes for any number of threads, time and order`() async throws {
        let one = try Workshop("one", threads: 1)
        try one.prepare(Self.files)
        let image = try await one.build("FROM scratch\nCOPY . /\n")
        let four = try Workshop("four", threads: 4)
        try four.prepare(
            "cp ../../one/context/random .; mkdir d; for i in 3 9 1 5; do echo $i > d/$i; done\n"
                + "cp ../../one/context/{big,long*} .; touch -d 2001-01-01 random d d/9")
        #expect(try await four.build("FROM scratch\nCOPY . /\n").manifest == image.manifest)
    }

    @Test func `takes its times from the build`() async throws {
        let workshop = try Workshop()
        try workshop.prepare("mkdir d; echo > d/f")
        var options = BuildOptions()
        options.epoch = 86_400
        let image = try await workshop.build("FROM scratch\nCOPY d /d\n", options)
        options.epoch = 0
        options.buildArguments["SOURCE_DATE_EPOCH"] = "86400"
        #expect(try await workshop.build("FROM scratch\nCOPY d /d\n", options).layers == image.layers)
        let outcome = try Shell.run(
            "TZ=UTC tar -tvzf '\(workshop.store.path(of: image.layers[0].descriptor.digest))'",
            in: workshop.directory.path)
        #expect(outcome.output.split(separator: "\n").allSatisfy { $0.contains("1970-01-02 00:00") })
    }

    @Test func `holds every byte of every size of file`() async throws {
        let workshop = try Workshop()
        try workshop.prepare(
            "for n in 0 1 511 512 513 1048575 1048576 1048577 3000000; do head -c $n /dev/urandom > $n; done")
        let image = try await workshop.build("FROM scratch\nCOPY . /\n")
        let outcome = try Shell.run(
            "mkdir out; tar -C out -xzf '\(workshop.store.path(of: image.layers[0].descriptor.digest))' "
                + "&& diff -r out '\(workshop.context)'", in: workshop.directory.path)
        #expect(outcome.status == 0, "\(outcome.output)")
    }

    @Test func `is read by umoci and skopeo`() async throws {
        let workshop = try Workshop()
        try workshop.prepare("mkdir d; echo hello > d/a; ln d/a d/b; ln -s a d/s; echo x > 'sp ace'")
        let image = try await workshop.build("FROM scratch\nCOPY . /\nCMD [\"x\"]\n")
        let layout = try workshop.layout(of: image.manifest)
        let outcome = try Shell.run(
            "skopeo inspect oci:\(layout) && umoci unpack --rootless --image \(layout) bundle && cd bundle/rootfs "
                + "&& stat -c %h d/a && cat d/b && readlink d/s && ls", in: workshop.directory.path)
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(outcome.output.hasSuffix("2\nhello\na\nd\nsp ace\n"), "\(outcome.output)")
    }
}

@Suite("The layer cache", .temporaryDirectory) struct LayerCacheTests {
    /// A context whose contents have names, as a commit's have, and which counts the files that are read.
    final class NamedTree: FileTree {
        private let whole: DirectoryTree
        private let version: String
        private let count = Mutex(0)
        private let listed = Mutex<[String]>([])

        init(_ directory: String, version: String = "1") {
            whole = DirectoryTree(directory: directory)
            self.version = version
        }

        var reads: Int { count.withLock { $0 } }
        /// The directories whose children were asked for.
        var listings: [String] { listed.withLock { $0 } }

        private func named(_ node: FileNode) -> FileNode {
            var node = node
            node.contentID = "\(node.path)@\(version)"
            return node
        }

        func node(at path: String) throws -> FileNode? { try whole.node(at: path).map(named) }

        func children(of directory: FileNode) throws -> [FileNode] {
            listed.withLock { $0.append(directory.path) }
            return try whole.children(of: directory).map(named)
        }

        func read(_ node: FileNode, _ body: (RawSpan) throws -> Void) throws {
            count.withLock { $0 += 1 }
            try whole.read(node, body)
        }
    }

    @Test func `keeps a copied layer when only the base changes, without reading a file`() async throws {
        let workshop = try Workshop()
        try workshop.prepare("mkdir d; echo 1 > d/a; echo 2 > d/b")
        try workshop.addImage("base", layers: ["mkdir etc; echo 1 > etc/version"])
        let dockerfile = "FROM base\nCOPY d /d\n"
        let first = try await workshop.build(dockerfile, context: NamedTree(workshop.context))
        #expect(workshop.events.takeCached() == [false])
        try workshop.addImage("base", layers: ["mkdir etc; echo 2 > etc/version", "echo > more"])
        let tree = NamedTree(workshop.context)
        let second = try await workshop.build(dockerfile, context: tree)
        #expect(workshop.events.takeCached() == [true])
        #expect(tree.reads == 0)
        #expect(second.layers.last == first.layers.last)
        #expect(second.manifest != first.manifest)
    }

    @Test func `does not even list a directory that it copied before`() async throws {
        let workshop = try Workshop()
        try workshop.prepare("mkdir -p d/e; echo 1 > d/a; echo 2 > d/e/b; echo d/a > .dockerignore")
        let dockerfile = "FROM scratch\nCOPY d /d\n"
        let first = try await workshop.build(dockerfile, context: NamedTree(workshop.context))
        let tree = NamedTree(workshop.context)
        #expect(try await workshop.build(dockerfile, context: tree).manifest == first.manifest)
        #expect(tree.listings == [] && tree.reads == 1, "only `.dockerignore` is read")
        #expect(workshop.events.takeCached() == [false, true])
        // Without the filter the directory of the same name holds more.
        try workshop.prepare("rm .dockerignore")
        let whole = try await workshop.build(dockerfile, context: NamedTree(workshop.context))
        #expect(try workshop.listing(try #require(whole.layers.last)).count == 4)
    }

    @Test(arguments: [
        ("echo 22 > d/b", "`d/b` has 3 bytes instead of 2"), ("echo 3 > d/b", "`d/b` holds other bytes"),
        ("rm d/a; echo 3 > d/b", "`d/a` is gone"), ("echo > d/c", "`d/c` is new"),
        ("chmod 600 d/b", "`d/b` has the mode 600 instead of 644"),
        ("ln -sf x d/l; echo > d/z", "`d/l` points to `x` instead of `b`"),
        ("rm d/a; mkdir d/a", "`d/a` became something else"),
    ])
    func `says what is different when a layer is made again`(script: String, reason: String) async throws {
        let workshop = try Workshop()
        try workshop.prepare("mkdir d; echo 1 > d/a; echo 2 > d/b; ln -s b d/l")
        try await workshop.build("FROM scratch\nCOPY d /d\n")
        try await workshop.build("FROM scratch\nCOPY d /d\n")
        #expect(workshop.events.reasons == [])
        try workshop.prepare(script)
        try await workshop.build("FROM scratch\nCOPY d /d\n")
        #expect(workshop.events.reasons == [reason])
    }

    @Test(arguments: [
        ("mkdir d; echo > d/x", "FROM base\nCOPY d /d\n"), ("mkdir r; ln -s r d", "FROM base\nCOPY d /d\n"),
        ("mkdir other", "FROM base\nCOPY d /d/\n"), ("mkdir other", "FROM base\nCOPY --chown=1:2 d /d\n"),
    ])
    func `looks again when what it copies to, or how, is another`(script: String, dockerfile: String)
        async throws
    {
        let workshop = try Workshop()
        try workshop.prepare("mkdir d; echo 1 > d/a")
        try workshop.addImage("base", layers: ["mkdir other"])
        try await workshop.build("FROM base\nCOPY d /d\n", context: NamedTree(workshop.context))
        try workshop.addImage("base", layers: [script])
        let tree = NamedTree(workshop.context)
        try await workshop.build(dockerfile, context: tree)
        #expect(tree.listings.contains("d"))
    }

    @Test func `makes a layer anew when a file, its mode or the destination's links change`() async throws {
        let workshop = try Workshop()
        try workshop.prepare("echo 1 > a")
        try workshop.addImage("base", layers: ["mkdir real other; ln -s real d"])
        let dockerfile = "FROM base\nCOPY a /d/\n"
        try await workshop.build(dockerfile, context: NamedTree(workshop.context))
        try await workshop.build(dockerfile, context: NamedTree(workshop.context, version: "2"))
        try workshop.prepare("chmod 755 a")
        try await workshop.build(dockerfile, context: NamedTree(workshop.context))
        try workshop.addImage("base", layers: ["mkdir real other; ln -s other d"])
        let moved = try await workshop.build(dockerfile, context: NamedTree(workshop.context))
        #expect(workshop.events.takeCached() == [false, false, false, false])
        #expect(try workshop.listing(moved.layers[1]) == ["-rwxr-xr-x 0/0 other/a"])
    }

    @Test func `knows uploaded files by what is in them`() async throws {
        let workshop = try Workshop()
        try workshop.prepare("echo 1 > a; echo 2 > b")
        func upload() async throws -> any FileTree {
            let outcome = try Shell.run("tar -czf ../up.tgz .", in: workshop.context)
            try #require(outcome.status == 0)
            let bytes = Array(try Data(contentsOf: URL(filePath: workshop.context + "/../up.tgz")))
            return try await ContextArchive.open(workshop.store.write(bytes), in: workshop.store)
        }
        let dockerfile = "FROM scratch\nCOPY . /\n"
        let first = try await workshop.build(dockerfile, context: upload())
        let second = try await workshop.build(dockerfile, context: upload())
        #expect(workshop.events.takeCached() == [false, true])
        #expect(first.manifest == second.manifest)
        try workshop.prepare("echo 3 > b")
        let third = try await workshop.build(dockerfile, context: upload())
        #expect(workshop.events.takeCached() == [false])
        #expect(try workshop.text("b", in: third.layers[0]) == "3\n")
        // A directory on disk with the same files is the same layer.
        #expect(try await workshop.build(dockerfile).layers == third.layers)
        #expect(workshop.events.takeCached() == [true])
    }

    @Test func `is left alone when asked to, for the same layer`() async throws {
        let workshop = try Workshop()
        try workshop.prepare("echo 1 > a")
        let first = try await workshop.build("FROM scratch\nCOPY a /\n")
        var options = BuildOptions()
        options.isWithoutCache = true
        #expect(try await workshop.build("FROM scratch\nCOPY a /\n", options).manifest == first.manifest)
        #expect(workshop.events.takeCached() == [false, false])
    }

    @Test func `makes a layer anew whose blob is gone, or whose record is damaged`() async throws {
        let workshop = try Workshop()
        try workshop.prepare("echo 1 > a")
        let first = try await workshop.build("FROM scratch\nCOPY a /\n")
        try workshop.store.remove(first.layers[0].descriptor.digest)
        let second = try await workshop.build("FROM scratch\nCOPY a /\n")
        #expect(second.layers == first.layers)
        #expect(second.config == first.config)
        #expect(try workshop.store.size(of: first.layers[0].descriptor.digest) != nil)
        _ = try Shell.run("for f in *; do echo '{' > $f; done", in: workshop.cache + "/layers")
        #expect(try await workshop.build("FROM scratch\nCOPY a /\n").layers == first.layers)
        #expect(workshop.events.takeCached() == [false, false, false])
    }

    @Test func `is made anew when its folders are removed`() async throws {
        let workshop = try Workshop()
        try workshop.prepare("echo 1 > a")
        try FileManager.default.removeItem(atPath: workshop.cache)
        try await workshop.build("FROM scratch\nCOPY a /\n")
        try await workshop.build("FROM scratch\nCOPY a /\n")
        #expect(workshop.events.takeCached() == [false, true])
    }
}
