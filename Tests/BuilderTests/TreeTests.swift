import Archive
@testable import Builder
import Foundation
import TestSupport
import Testing

@Suite("A tree of files", .temporaryDirectory) struct TreeTests {
    @Test func `tells a directory's files sorted by their bytes, as root's`() throws {
        let folder = try TemporaryDirectory.required.path
        _ = try Shell.run(
            "mkdir -m 750 b; echo hello > b-; ln -s b a; mkfifo c; touch -d @5000 b-", in: folder)
        let tree = DirectoryTree(directory: folder)
        let nodes = try tree.children(of: .root)
        #expect(nodes.map(\.path) == ["a", "b", "b-", "c"])
        #expect(nodes.map(\.entry.kind) == [.symbolicLink, .directory, .file, .fifo])
        #expect(nodes.map(\.entry.uid) == [0, 0, 0, 0])
        #expect(nodes[0].entry.linkTarget == "b")
        #expect(nodes[1].entry.mode == 0o750)
        #expect(nodes[2].entry.size == 6)
        #expect(nodes[2].entry.modified == 5000)
        #expect(try tree.node(at: "b/x") == nil)
        #expect(try tree.node(at: "b-/x") == nil)
    }

    @Test func `says that a directory is not there`() throws {
        let tree = DirectoryTree(directory: try TemporaryDirectory.required.path("nowhere"))
        #expect(throws: DirectoryTreeError.self) { try tree.children(of: .root) }
    }

    @Test(arguments: ["d/e", "./d//e/", "/d/e"])
    func `has folders that are trees of their own`(folder: String) throws {
        let directory = try TemporaryDirectory.required
        try directory.write("hello", to: "d/e/f/g")
        let tree = try SubfolderTree(DirectoryTree(directory: directory.path), folder: folder)
        #expect(try tree.children(of: .root).map(\.path) == ["f"])
        let node = try #require(try tree.node(at: "f/g"))
        var text = ""
        try tree.read(node) { piece in
            text += piece.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        }
        #expect(text == "hello")
        #expect(try tree.node(at: "")?.isDirectory == true)
    }

    @Test(arguments: ["nowhere", "../x", "file"])
    func `has no folder that is not there`(folder: String) throws {
        let directory = try TemporaryDirectory.required
        try directory.write("", to: "file")
        #expect(throws: BuildError.self) {
            try SubfolderTree(DirectoryTree(directory: directory.path), folder: folder)
        }
    }

    @Test func `gives a link's owner and mode to all names of the file`() {
        var link = TarEntryFixture.hardLink("c", to: "b")
        (link.uid, link.mode) = (9, 0o600)
        var index = TarIndex(members: [])
        for entry in [TarEntryFixture.file("a", uid: 1), TarEntryFixture.hardLink("b", to: "a"), link] {
            index.members.append(TarIndex.Member(entry: entry, offset: 0))
        }
        var tree = LayeredTree()
        tree.apply(index, content: NoContent())
        let nodes = tree.children(of: .root)
        #expect(nodes.map(\.entry.uid) == [9, 9, 9])
        #expect(nodes.map(\.entry.mode) == [0o600, 0o600, 0o600])
        #expect(Set(nodes.map(\.hardLinkID)).count == 1)
    }

    @Test func `takes a table of contents that is not as it was written for none`() {
        let member = TarIndex.Member(
            entry: TarEntryFixture.device("dev/x", major: 300, minor: 70_000), offset: nil)
        let bytes = TarIndex(members: [member]).encoded
        #expect(TarIndex(decoding: bytes)?.members == [member])
        for count in 0..<bytes.count { #expect(TarIndex(decoding: Array(bytes.prefix(count))) == nil) }
        #expect(TarIndex(decoding: bytes + [0]) == nil)
    }

    private struct NoContent: LayerContent {
        func identity(of member: TarIndex.Member) -> String? { nil }
        func read(_ node: FileNode, _ body: (RawSpan) throws -> Void) {}
    }
}

@Suite("A path") struct PathTests {
    @Test(arguments: [("a", "a/b"), ("a-", "a/"), ("a", "b"), ("z", "é"), ("e\u{301}", "é"), ("", "a")])
    func `sorts by its bytes`(first: String, second: String) {
        #expect(first.precedes(second))
        #expect(!second.precedes(first))
        #expect(PathKey(first) != PathKey(second))
        #expect(PathKey(first) == PathKey(first + ""))
    }

    @Test(arguments: [
        ("/a//b/./c/", ["a", "b", "c"]), ("", []), ("./..", [".."]), ("a/\u{308}b", ["a", "\u{308}b"]),
    ])
    func `has components`(path: String, components: [String]) { #expect(path.pathComponents == components) }

    @Test(arguments: [
        (".wh.a", true), ("d/.wh..wh..opq", true), (".wh.d/a", false), ("a.wh.b", false), ("", false),
    ])
    func `is a whiteout by its last name`(path: String, isWhiteout: Bool) {
        #expect(TarEntryFixture.file(path).isWhiteout == isWhiteout)
    }
}
