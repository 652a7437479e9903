import Archive
import TestSupport
import Testing

@testable import Builder

@Suite("A directory lister", .temporaryDirectory) struct DirectoryListerTests {
    private func tree(_ script: String) throws -> DirectoryTree {
        let directory = try TemporaryDirectory.required.path("")
        let outcome = try Shell.run("set -e\n" + script, in: directory)
        try #require(outcome.status == 0, "\(outcome.output)")
        return DirectoryTree(directory: directory)
    }

    /// Everything below a directory, as a copy goes through it.
    private func walk(_ directory: FileNode, _ lister: DirectoryLister) throws -> [FileNode] {
        let children = try lister.children(of: directory)
        lister.expect(children.filter(\.isDirectory))
        return try children.flatMap { try [$0] + ($0.isDirectory ? walk($0, lister) : []) }
    }

    private func walk(_ directory: FileNode, _ tree: DirectoryTree) throws -> [FileNode] {
        try tree.children(of: directory).flatMap { try [$0] + ($0.isDirectory ? walk($0, tree) : []) }
    }

    @Test func `tells of all directories what the tree tells`() throws {
        let tree = try tree(
            "for i in $(seq 40); do mkdir -p $i/a $i/b/c; echo $i > $i/f; echo > $i/b/c/g; ln -s f $i/l; done"
        )
        let lister = DirectoryLister(tree)
        defer { lister.stop() }
        let nodes = try walk(.root, lister)
        #expect(nodes.count == 40 * 7)
        #expect(try nodes == walk(.root, tree))
    }

    @Test func `tells of directories that it did not expect, and of those twice that it did`() throws {
        let tree = try tree("mkdir a b; echo > a/f; echo > b/g")
        let lister = DirectoryLister(tree)
        defer { lister.stop() }
        let (a, b) = (try #require(try tree.node(at: "a")), try #require(try tree.node(at: "b")))
        #expect(try lister.children(of: b).map(\.path) == ["b/g"])
        lister.expect([a, b])
        for node in [b, a, a, b] { #expect(try lister.children(of: node) == tree.children(of: node)) }
    }

    @Test func `throws where a directory is asked for that cannot be listed, and not before`() throws {
        let tree = try tree("mkdir a gone; echo > a/f")
        let lister = DirectoryLister(tree)
        defer { lister.stop() }
        let directories = try tree.children(of: .root)
        try #require(try Shell.run("rmdir gone", in: TemporaryDirectory.required.path("")).status == 0)
        lister.expect(directories)
        #expect(try lister.children(of: directories[0]).map(\.path) == ["a/f"])
        #expect(throws: DirectoryTreeError.self) { try lister.children(of: directories[1]) }
    }

    @Test func `can be stopped before anything was asked for`() throws {
        let tree = try tree("mkdir a b c")
        let lister = DirectoryLister(tree)
        lister.expect(try tree.children(of: .root))
        lister.stop()
        DirectoryLister(tree).stop()
    }
}
