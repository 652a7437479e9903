import Foundation
import Git
import TestSupport
import Testing

@Suite("A repository", .temporaryDirectory) struct RepositoryTests {
    private static func fixture() throws -> GitFixture {
        try GitFixture(at: TemporaryDirectory.required.path("app"))
    }

    @Test func `is not opened where there is none`() throws {
        let path = try TemporaryDirectory.required.path
        let error = try #require(#expect(throws: GitError.self) { try Repository(at: path) })
        #expect(error.reason == .notFound)
        #expect("\(error)" == "could not open the repository `\(path)`: it is no Git repository")
    }

    @Test func `finds what a name stands for`() throws {
        let fixture = try Self.fixture()
        let first = try fixture.commit("First", ["a": "1"])
        try fixture.git("tag", "--annotate", "v1", "--message", "One")
        try fixture.git("update-ref", "refs/pull/1/head", first)
        let second = try fixture.commit("Second", ["a": "2"])
        let repository = try Repository(at: fixture.path)
        let expected: [(String?, String, ResolvedReference.Kind, String)] = [
            (nil, "main", .branch, second), ("main", "main", .branch, second), ("v1", "v1", .tag, first),
            ("refs/tags/v1", "v1", .tag, first), ("refs/pull/1/head", "refs/pull/1/head", .other, first),
            (first, first, .commit, first), (String(first.prefix(7)), first, .commit, first),
        ]
        for (asked, name, kind, commit) in expected {
            let found = try repository.resolve(asked)
            #expect(found == ResolvedReference(name: name, kind: kind, commit: try ObjectID(commit)))
        }
    }

    @Test(arguments: ["mian", "deadbeef", "no such..name", String(repeating: "0", count: 40), "", "../main"])
    func `says that a name stands for nothing`(name: String) throws {
        let fixture = try Self.fixture()
        try fixture.commit("First")
        let repository = try Repository(at: fixture.path)
        let error = try #require(#expect(throws: GitError.self) { try repository.resolve(name) })
        #expect(error.reason == .notFound)
        #expect(error.operation.contains("`\(name)`"))
        #expect(error.hint == (name == "mian" ? "did you mean `main`?" : "its branches are `main`"))
    }

    @Test func `without a commit has no default branch`() throws {
        let repository = try Repository(at: Self.fixture().path)
        let error = try #require(#expect(throws: GitError.self) { try repository.resolve(nil) })
        #expect(error.reason == .notFound)
    }

    @Test func `says that a tag of a tree is no commit`() throws {
        let fixture = try Self.fixture()
        try fixture.commit("First", ["a/b": "1"])
        try fixture.git("tag", "folder", "HEAD^{tree}")
        let repository = try Repository(at: fixture.path)
        let error = try #require(#expect(throws: GitError.self) { try repository.resolve("folder") })
        #expect(error.reason == .wrongKind)
    }

    @Test func `tells what a commit says of itself`() throws {
        let fixture = try Self.fixture()
        let first = try fixture.commit("First")
        let second = try fixture.commit("Fix it\n\nAt length.", ["a": "1"], time: 1_700_000_100)
        let record = try Repository(at: fixture.path).commit(ObjectID(second))
        #expect(record.title == "Fix it")
        #expect(record.time == 1_700_000_100)
        #expect(record.author == Signature(name: "Ann Author", email: "ann@example.com", time: 1_700_000_100))
        #expect(record.parents.map(\.description) == [first])
        #expect(record.tree.description == (try fixture.git("rev-parse", "HEAD^{tree}")))
    }

    @Test func `walks the commits between two ids, the newest first`() throws {
        let fixture = try Self.fixture()
        let ids = try (0..<5).map { try ObjectID(fixture.commit("C\($0)", time: 1_700_000_000 + $0)) }
        let repository = try Repository(at: fixture.path)
        let titles = try repository.commits(after: ids[1], upTo: ids[4]).map(\.title)
        #expect(titles == ["C4", "C3", "C2"])
        #expect(try repository.commits(after: nil, upTo: ids[4], limit: 2).map(\.title) == ["C4", "C3"])
        #expect(try repository.commits(after: nil, upTo: ids[4]).count == 5)
        #expect(try repository.countCommits(after: ids[1], upTo: ids[4]) == 3)
        #expect(try repository.countCommits(after: ids[4], upTo: ids[1]) == 0)
    }

    @Test func `tells how a head moved`() throws {
        let fixture = try Self.fixture()
        let first = try ObjectID(fixture.commit("First"))
        let second = try ObjectID(fixture.commit("Second"))
        let third = try ObjectID(fixture.commit("Third"))
        try fixture.git("reset", "--quiet", "--hard", second.description)
        let side = try ObjectID(fixture.commit("Side"))
        try fixture.git("checkout", "--quiet", "--orphan", "other")
        let other = try ObjectID(fixture.commit("Other"))
        let foreign = try ObjectID(String(repeating: "1", count: 40))
        let repository = try Repository(at: fixture.path)
        let table: [(ObjectID, ObjectID, Movement)] = [
            (first, first, .unmoved), (first, third, .forward(commits: 2)),
            (third, first, .rewound(commits: 2)),
            (third, side, .unrelated), (first, other, .unrelated), (foreign, first, .unrelated),
        ]
        for (old, new, movement) in table { #expect(try repository.movement(from: old, to: new) == movement) }
    }

    @Test func `tells which paths differ between two trees`() throws {
        let fixture = try Self.fixture()
        let old = try ObjectID(fixture.commit("First", ["keep": "1", "a/change": "1", "a/drop": "1"]))
        let new = try ObjectID(fixture.commit("Second", ["a/change": "2", "a/drop": nil, "b/c/add": "1"]))
        let repository = try Repository(at: fixture.path)
        let (oldTree, newTree) = (try repository.tree(of: old), try repository.tree(of: new))
        #expect(
            try repository.changes(from: oldTree, to: newTree) == [
                PathChange(path: "a/change", kind: .modified), PathChange(path: "a/drop", kind: .deleted),
                PathChange(path: "b/c/add", kind: .added),
            ])
        #expect(try repository.changes(from: oldTree, to: oldTree).isEmpty)
        #expect(try repository.changes(from: nil, to: oldTree).map(\.kind) == [.added, .added, .added])
    }

    @Test func `is read by async callers on a thread of its own`() async throws {
        let fixture = try Self.fixture()
        let commit = try fixture.commit("First")
        let reader = try RepositoryReader(at: fixture.path)
        #expect(try await reader.read { try $0.resolve("main").commit.description } == commit)
    }
}
