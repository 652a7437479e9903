import Git
import TestSupport
import Testing

@Suite("The time that a path last changed", .temporaryDirectory) struct ChangeTimeTests {
    private static let start = 1_700_000_000

    /// A history of four commits: `a` comes with the first, `b/c` with the second and again with the third.
    private static func history() throws -> (Repository, ObjectID) {
        let fixture = try GitFixture(at: TemporaryDirectory.required.path("repository"))
        try fixture.commit("One", ["a": "1"], time: start)
        try fixture.commit("Two", ["b/c": "1"], time: start + 10)
        try fixture.commit("Three", ["b/c": "2"], time: start + 20)
        let head = try fixture.commit("Four", ["d": "1"], time: start + 30)
        return (try Repository(at: fixture.path), try ObjectID(head))
    }

    @Test(arguments: [("a", 0), ("b", 20), ("b/c", 20), ("d", 30), ("", 30)])
    func `is that of the commit that changed it`(path: String, seconds: Int) throws {
        let (repository, head) = try Self.history()
        #expect(try repository.changeTime(of: path, in: head) == Int64(Self.start + seconds))
    }

    @Test func `is that of the last of the changes when a content comes back`() throws {
        let fixture = try GitFixture(at: TemporaryDirectory.required.path("repository"))
        try fixture.commit("One", ["a": "1"], time: Self.start)
        try fixture.commit("Two", ["a": "2"], time: Self.start + 10)
        let head = try ObjectID(try fixture.commit("Three", ["a": "1"], time: Self.start + 20))
        let repository = try Repository(at: fixture.path)
        #expect(try repository.changeTime(of: "a", in: head) == Int64(Self.start + 20))
    }

    @Test func `is nothing when it is too long ago to look for`() throws {
        let (repository, head) = try Self.history()
        #expect(try repository.changeTime(of: "a", in: head, limit: 2) == 0)
        #expect(try repository.changeTime(of: "a", in: head, limit: 4) == Int64(Self.start))
    }
}
