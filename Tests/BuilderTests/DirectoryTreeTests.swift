import TestSupport
import Testing

@testable import Builder

@Suite("A directory on disk", .temporaryDirectory) struct DirectoryTreeTests {
    @Test func `names the contents of files that the kernel would tell a change of`() throws {
        let workshop = try Workshop()
        try workshop.prepare("echo 1 > a; echo 1 > b; mkdir d")
        let tree = DirectoryTree(directory: workshop.context, settledTime: .max)
        let name = try #require(try tree.node(at: "a")?.contentID)
        #expect(try tree.node(at: "a")?.contentID == name)
        #expect(try tree.node(at: "b")?.contentID != name)
        #expect(try tree.node(at: "d")?.contentID == nil)
        try workshop.prepare("echo 2 > a")
        #expect(try tree.node(at: "a")?.contentID != name)
    }

    @Test func `gives no name to a file that was changed just now`() throws {
        let workshop = try Workshop()
        try workshop.prepare("echo 1 > a")
        #expect(try DirectoryTree(directory: workshop.context).node(at: "a")?.contentID == nil)
    }

    @Test func `gives a layer that is found again by its bytes when its files were only touched`()
        async throws
    {
        let workshop = try Workshop()
        try workshop.prepare("mkdir d; echo 1 > d/a; echo 2 > d/b")
        func build() async throws -> BuiltImage {
            let tree = DirectoryTree(directory: workshop.context, settledTime: .max)
            return try await workshop.build("FROM scratch\nCOPY d /d\n", context: tree)
        }
        let first = try await build()
        try workshop.prepare("touch d/a d/b; cp d/a d/c; mv d/c d/a")
        #expect(try await build().manifest == first.manifest)
        #expect(try await build().manifest == first.manifest)
        #expect(workshop.events.takeCached() == [false, true, true])
        try workshop.prepare("echo 3 > d/a")
        #expect(try await build().manifest != first.manifest)
    }
}
