import Archive
import BuildHost
import Builder
import Git
import TestSupport
import Testing

@Suite("A commit as a build context", .temporaryDirectory) struct GitTreeTests {
    /// A commit with a file, a program, a link and a folder, and an older one of another file.
    private func tree(folder: String? = nil) throws -> GitTree {
        let fixture = try GitFixture(at: TemporaryDirectory.required.path("repository"))
        try fixture.commit("First", ["app/old.txt": "old"], time: 1_600_000_000)
        try fixture.commit("Second", ["app/run.sh": "#!/bin/sh\n", "top.txt": "top"], time: 1_650_000_000)
        try fixture.git("update-index", "--chmod=+x", "app/run.sh")
        let link = try Shell.run("ln -s old.txt app/link", in: fixture.path)
        try #require(link.status == 0)
        try fixture.git("add", "app/link")
        try fixture.git("commit", "--quiet", "--message", "Third", time: 1_700_000_000)
        let repository = try Repository(at: fixture.path)
        let commit = try repository.commit(ObjectID(fixture.git("rev-parse", "HEAD")))
        let tree = try repository.tree(of: commit.id, at: folder)
        return GitTree(repository: repository, commit: commit, tree: tree, folder: folder)
    }

    @Test func `tells files, programs, links and folders`() throws {
        let tree = try tree()
        let root = try #require(try tree.node(at: ""))
        #expect(try tree.children(of: root).map(\.path) == ["app", "top.txt"])
        let app = try #require(try tree.node(at: "app"))
        let nodes = try tree.children(of: app)
        #expect(nodes.map(\.path) == ["app/link", "app/old.txt", "app/run.sh"])
        #expect(nodes.map(\.entry.kind) == [.symbolicLink, .file, .file])
        #expect(nodes.map(\.entry.mode) == [0o777, 0o644, 0o755])
        #expect(nodes[0].entry.linkTarget == "old.txt")
        #expect(nodes.map(\.entry.size) == [0, 3, 10])
        #expect(try tree.node(at: "app/none") == nil)
        #expect(try tree.node(at: "top.txt/below") == nil)
    }

    @Test func `reads what is in a file`() throws {
        let tree = try tree()
        let node = try #require(try tree.node(at: "app/run.sh"))
        var bytes: [UInt8] = []
        try tree.read(node) { span in
            for index in 0..<span.byteCount {
                bytes.append(span.unsafeLoad(fromByteOffset: index, as: UInt8.self))
            }
        }
        #expect(bytes == Array("#!/bin/sh\n".utf8))
    }

    @Test(arguments: [("app/old.txt", 1_600_000_000), ("top.txt", 1_650_000_000), ("app", 1_700_000_000)])
    func `tells when each last changed`(path: String, time: Int64) throws {
        let tree = try tree()
        #expect(try tree.changeTime(of: #require(try tree.node(at: path))) == time)
    }

    @Test func `may be a folder of the commit`() throws {
        let tree = try tree(folder: "app")
        let old = try #require(try tree.node(at: "old.txt"))
        #expect(try tree.node(at: "top.txt") == nil)
        #expect(try tree.changeTime(of: old) == 1_600_000_000)
    }
}
