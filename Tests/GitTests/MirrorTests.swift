import Foundation
import Git
import TestSupport
import Testing

@Suite("A mirror", .temporaryDirectory) struct MirrorTests {
    private static func fixture() throws -> (GitFixture, RemoteURL, mirror: String) {
        let directory = try TemporaryDirectory.required
        let fixture = try GitFixture(at: directory.path("app"))
        return (fixture, try RemoteURL(fixture.path), directory.path("mirrors/app.git"))
    }

    @Test func `follows branches and tags that come, move and go`() throws {
        let (fixture, url, path) = try Self.fixture()
        try fixture.commit("First", ["a": "1"])
        try fixture.git("branch", "old")
        try fixture.git("tag", "v1")
        let mirror = try Repository(mirrorAt: path, of: url)
        try mirror.fetch(from: url)
        #expect(try mirror.referenceNames() == ["refs/heads/main", "refs/heads/old", "refs/tags/v1"])
        let second = try fixture.commit("Second", ["a": "2"])
        try fixture.git("branch", "--delete", "--force", "old")
        try fixture.git("tag", "--force", "v1")
        try fixture.git("branch", "new")
        try mirror.fetch(from: url)
        #expect(try mirror.referenceNames() == ["refs/heads/main", "refs/heads/new", "refs/tags/v1"])
        #expect(try mirror.resolve("v1").commit.description == second)
        #expect(try mirror.resolve(nil).name == "main")
    }

    @Test func `has the remote's default branch as its own`() throws {
        let (fixture, url, path) = try Self.fixture()
        try fixture.commit("First")
        try fixture.git("branch", "--move", "trunk")
        let mirror = try Repository(mirrorAt: path, of: url)
        try mirror.fetch(from: url)
        #expect(try mirror.resolve(nil).name == "trunk")
    }

    @Test func `is read by git too`() throws {
        let (fixture, url, path) = try Self.fixture()
        let commit = try fixture.commit("First", ["a": "1", "b/c": "2"])
        try Repository(mirrorAt: path, of: url).fetch(from: url)
        try fixture.git("--git-dir", path, "fsck", "--strict")
        #expect(try fixture.git("--git-dir", path, "rev-parse", "HEAD") == commit)
    }

    @Test func `is fetched over HTTP, with credentials that are written nowhere`() async throws {
        let (fixture, _, path) = try Self.fixture()
        try fixture.commit("First", ["a": "1"])
        let server = try GitHTTPServer(root: TemporaryDirectory.required.path, credentials: "ann:s3cret")
        let url = try RemoteURL(server.url("app/.git", credentials: "ann:s3cret"))
        try await Repository.fetch(from: url, intoMirror: path)
        let second = try fixture.commit("Second", ["a": "2"])
        try await Repository.fetch(from: url, intoMirror: path)
        #expect(try Repository(at: path).resolve("main").commit.description == second)
        let files = FileManager.default.enumerator(atPath: path)
        while let file = files?.nextObject() as? String {
            let bytes = FileManager.default.contents(atPath: path + "/" + file) ?? Data()
            #expect(bytes.firstRange(of: Data("s3cret".utf8)) == nil, "\(file)")
        }
    }

    @Test func `borrows the objects of a repository on the same disk, and keeps them`() throws {
        let (fixture, url, path) = try Self.fixture()
        try fixture.commit("First", ["a": "1"])
        try fixture.git("repack", "-a", "-d", "--quiet")
        let commit = try fixture.commit("Second", ["a": "2"])
        let mirror = try Repository(mirrorAt: path, of: url)
        // Before anything is fetched.
        #expect(try mirror.contains(ObjectID(commit)))
        #expect(try mirror.referenceNames().isEmpty)
        try mirror.fetch(from: url)
        let check = try GitFixture(at: TemporaryDirectory.required.path("check"))
        try FileManager.default.removeItem(atPath: fixture.path)
        try check.git("--git-dir", path, "fsck", "--strict")
        #expect(try check.git("--git-dir", path, "rev-parse", "main") == commit)
    }

    @Test func `is fetched from a repository that borrows its own objects`() throws {
        let (fixture, _, path) = try Self.fixture()
        let commit = try fixture.commit("First", ["a": "1"])
        let clone = try TemporaryDirectory.required.path("clone")
        try fixture.git("clone", "--quiet", "--shared", fixture.path, clone)
        let url = try RemoteURL(clone)
        let mirror = try Repository(mirrorAt: path, of: url)
        #expect(try !mirror.contains(ObjectID(commit)))
        try mirror.fetch(from: url)
        try fixture.git("--git-dir", path, "fsck", "--strict")
        #expect(try mirror.resolve(nil).commit.description == commit)
    }

    @Test func `takes the place of what a killed process left half made`() throws {
        let (fixture, url, path) = try Self.fixture()
        let commit = try fixture.commit("First")
        try FileManager.default.createDirectory(
            atPath: path + "/objects/pack", withIntermediateDirectories: true)
        let mirror = try Repository(mirrorAt: path, of: url)
        try mirror.fetch(from: url)
        #expect(try mirror.resolve(nil).commit.description == commit)
        let beside = try FileManager.default.contentsOfDirectory(
            atPath: URL(filePath: path).deletingLastPathComponent().path)
        #expect(beside == ["app.git"])
    }

    @Test func `is freed at its first opening from the locks of a killed process`() throws {
        let (fixture, url, path) = try Self.fixture()
        let commit = try fixture.commit("First")
        // Made by git, so this process has not opened it yet.
        try fixture.git("init", "--quiet", "--bare", path)
        let leftovers = ["refs/heads/main.lock", "packed-refs.lock", "objects/pack/pack_git2_1a2b"]
        for name in leftovers { try Data().write(to: URL(filePath: path + "/" + name)) }
        let mirror = try Repository(mirrorAt: path, of: url)
        try mirror.fetch(from: url)
        #expect(try mirror.resolve("main").commit.description == commit)
        for name in leftovers {
            #expect(!FileManager.default.fileExists(atPath: path + "/" + name), "\(name)")
        }
    }

    @Test func `respects a lock that is held while it is open`() throws {
        let (fixture, url, path) = try Self.fixture()
        try fixture.commit("First")
        let mirror = try Repository(mirrorAt: path, of: url)
        let lock = path + "/refs/heads/main.lock"
        try Data().write(to: URL(filePath: lock))
        let error = try #require(
            #expect(throws: GitError.self) { try Repository(mirrorAt: path, of: url).fetch(from: url) })
        #expect(error.reason == .locked, "\(error)")
        #expect(error.isTransient)
        try FileManager.default.removeItem(atPath: lock)
        try mirror.fetch(from: url)
    }

    @Test func `goes on when the remote was deleted and made again`() throws {
        let (fixture, url, path) = try Self.fixture()
        let old = try ObjectID(fixture.commit("First", ["a": "1"]))
        let mirror = try Repository(mirrorAt: path, of: url)
        try mirror.fetch(from: url)
        try FileManager.default.removeItem(atPath: fixture.path)
        let gone = try #require(#expect(throws: GitError.self) { try mirror.fetch(from: url) })
        #expect(gone.reason == .notFound, "\(gone)")
        let again = try GitFixture(at: fixture.path)
        let new = try ObjectID(again.commit("Another first", ["b": "1"]))
        try mirror.fetch(from: url)
        #expect(try mirror.resolve(nil).commit == new)
        #expect(try mirror.movement(from: old, to: new) == .unrelated)
    }

    @Test func `is made once by many who ask at the same time`() async throws {
        let (fixture, url, path) = try Self.fixture()
        let commit = try fixture.commit("First")
        try await withThrowingTaskGroup { group in
            for _ in 0..<8 { group.addTask { try await Repository.fetch(from: url, intoMirror: path) } }
            try await group.waitForAll()
        }
        #expect(try Repository(at: path).resolve(nil).commit.description == commit)
    }
}
