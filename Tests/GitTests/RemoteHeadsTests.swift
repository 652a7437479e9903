import Foundation
import Git
import TestSupport
import Testing

@Suite("Remote heads", .temporaryDirectory) struct RemoteHeadsTests {
    private static func fixture(_ name: String = "app") throws -> GitFixture {
        try GitFixture(at: TemporaryDirectory.required.path(name))
    }

    @Test(arguments: ["", "file://"])
    func `are listed without a repository of one's own`(scheme: String) throws {
        let fixture = try Self.fixture()
        let first = try fixture.commit("First", ["a": "1"])
        try fixture.git("tag", "--annotate", "v1", "--message", "One")
        try fixture.git("branch", "old")
        let second = try fixture.commit("Second", ["a": "2"])
        let heads = try RemoteHeads(of: RemoteURL(scheme + fixture.path))
        #expect(heads.defaultBranch == "refs/heads/main")
        #expect(heads.references["refs/heads/main"]?.description == second)
        let expected: [(String?, String, ResolvedReference.Kind, String)] = [
            (nil, "main", .branch, second), ("old", "old", .branch, first), ("v1", "v1", .tag, first),
            ("refs/heads/old", "old", .branch, first), (second, second, .commit, second),
        ]
        for (asked, name, kind, commit) in expected {
            let found = try heads.resolve(asked)
            #expect(found == ResolvedReference(name: name, kind: kind, commit: try ObjectID(commit)))
        }
    }

    @Test func `know the default branch that is not called main`() throws {
        let fixture = try Self.fixture()
        try fixture.commit("First")
        try fixture.git("switch", "--quiet", "--create", "trunk")
        #expect(try RemoteHeads(of: RemoteURL(fixture.path)).defaultBranch == "refs/heads/trunk")
    }

    @Test func `name near branches where one is missing`() throws {
        let fixture = try Self.fixture()
        try fixture.commit("First")
        try fixture.git("branch", "release")
        let heads = try RemoteHeads(of: RemoteURL(fixture.path))
        let slip = try #require(#expect(throws: GitError.self) { try heads.resolve("relaese") })
        #expect(slip.reason == .notFound, "\(slip)")
        #expect("\(slip)".contains("`relaese`"))
        #expect(slip.hint == "did you mean `release`?")
        let other = try #require(#expect(throws: GitError.self) { try heads.resolve("feature/x") })
        #expect(other.hint == "its branches are `main`, `release`")
    }

    @Test func `of an empty repository lead nowhere`() throws {
        let heads = try RemoteHeads(of: RemoteURL(Self.fixture().path))
        #expect(heads.references.isEmpty)
        let error = try #require(#expect(throws: GitError.self) { try heads.resolve(nil) })
        #expect(error.reason == .notFound, "\(error)")
    }

    @Test func `are not to be had where there is no repository`() throws {
        let directory = try TemporaryDirectory.required
        try directory.write("x", to: "plain/file")
        for name in ["plain", "nothing"] {
            let url = try RemoteURL(directory.path(name))
            let error = try #require(#expect(throws: GitError.self) { try RemoteHeads(of: url) })
            #expect(error.reason == .notFound, "\(error)")
            #expect(error.operation.contains("`\(url)`"))
        }
    }

    @Test func `come over HTTP`() throws {
        let fixture = try Self.fixture()
        let commit = try fixture.commit("First", ["a": "1"])
        let server = try GitHTTPServer(root: TemporaryDirectory.required.path)
        let heads = try RemoteHeads(of: RemoteURL(server.url("app/.git")))
        #expect(try heads.resolve(nil).commit.description == commit)
        #expect(heads.defaultBranch == "refs/heads/main")
        let missing = try #require(
            #expect(throws: GitError.self) { try RemoteHeads(of: RemoteURL(server.url("other.git"))) })
        #expect(missing.reason == .notFound, "\(missing)")
    }

    @Test func `come with the credentials in the URL, and no error tells those`() throws {
        let fixture = try Self.fixture()
        try fixture.commit("First", ["a": "1"])
        let server = try GitHTTPServer(root: TemporaryDirectory.required.path, credentials: "ann:s3cret")
        let good = try RemoteURL(server.url("app/.git", credentials: "ann:s3cret"))
        #expect(try RemoteHeads(of: good).defaultBranch == "refs/heads/main")
        for (credentials, words) in [("ann:wr0ng", "refused"), (nil, "asks for")] as [(String?, String)] {
            let url = try RemoteURL(server.url("app/.git", credentials: credentials))
            let error = try #require(#expect(throws: GitError.self) { try RemoteHeads(of: url) })
            #expect(error.reason == .authentication, "\(error)")
            #expect(error.message.contains(words))
            #expect(error.hint != nil)
            #expect(!"\(error)".contains("wr0ng"))
        }
    }

    @Test func `are not to be had where nobody listens`() throws {
        let port = try LoopbackServer { _ in }.port
        for scheme in ["http", "git"] {
            let url = try RemoteURL("\(scheme)://ann:s3cret@127.0.0.1:\(port)/app.git")
            let error = try #require(#expect(throws: GitError.self) { try RemoteHeads(of: url) })
            #expect(error.reason == .network, "\(error)")
            #expect(error.isTransient)
            #expect(!"\(error)".contains("s3cret"))
        }
    }

    @Test(arguments: ["http", "https", "git"])
    func `are given up when the server hangs, and the connection with them`(scheme: String) async throws {
        let ends = AsyncStream.makeStream(of: Void.self)
        let server = try LoopbackServer { connection in
            _ = try? connection.readToEnd()
            ends.continuation.yield()
        }
        let url = try RemoteURL("\(scheme)://127.0.0.1:\(server.port)/app.git")
        let error = try #require(
            await #expect(throws: GitError.self) {
                try await RemoteHeads.list(url, patience: Patience(silence: .milliseconds(200)))
            })
        #expect(error.reason == .timedOut, "\(error)")
        #expect("\(error)" == "could not list the heads of `\(url)`: nothing came for 0.2 seconds")
        for await _ in ends.stream { break }
    }

    @Test func `are given up when the caller is canceled`() async throws {
        let asked = AsyncStream.makeStream(of: Void.self)
        let server = try LoopbackServer { connection in
            asked.continuation.yield()
            _ = try? connection.readToEnd()
        }
        let url = try RemoteURL("http://127.0.0.1:\(server.port)/app.git")
        let listing = Task { try await RemoteHeads.list(url) }
        for await _ in asked.stream { break }
        listing.cancel()
        await #expect(throws: CancellationError.self) { try await listing.value }
    }
}
