import Archive
import Blobs
import BuildHost
import Builder
import Foundation
import Git
import OCI
import TestSupport
import Testing

@Suite("Git repositories by URL", .temporaryDirectory) struct GitSourcesTests {
    /// A bare-served repository with a branch, tags, a reference of another kind, and a folder.
    private struct Fixture {
        let root: String
        let repository: GitFixture
        let first: String
        let second: String
        let pull: String

        init() throws {
            root = try TemporaryDirectory.required.path("served")
            repository = try GitFixture(at: "\(root)/repo.git")
            first = try repository.commit("First", ["dir/a": "old"], time: 1_600_000_000)
            try repository.git("tag", "light")
            try repository.git("tag", "--annotate", "--message", "Note", "v1")
            second = try repository.commit("Second", ["dir/a": "new", "top": "top"], time: 1_650_000_000)
            try repository.git("branch", "feature/x", first)
            pull = try repository.commit("Pull", ["pulled": "yes"], time: 1_660_000_000)
            try repository.git("update-ref", "refs/pull/1/head", pull)
            try repository.git("reset", "--quiet", "--hard", second)
            // A tag and a branch of one name.
            try repository.git("branch", "both", first)
            try repository.git("tag", "both", second)
        }

        func reference(_ name: String?, folder: String = "") -> GitReference {
            GitReference(remote: repository.path, reference: name, folder: folder)
        }
    }

    private func sources() throws -> GitSources {
        GitSources(mirrors: GitMirrors(directory: try TemporaryDirectory.required.path("mirrors")))
    }

    private static let old = ["dir/a": "old"]
    private static let new = ["dir/a": "new", "top": "top"]

    @Test(
        arguments: [
            (nil, new), ("HEAD", new), ("main", new), ("refs/heads/main", new), ("heads/main", new),
            ("feature/x", old), ("light", old), ("v1", old), ("refs/tags/v1", old), ("tags/v1", old),
            ("both", old), ("refs/tags/both", new), ("pull/1/head", new.merging(["pulled": "yes"]) { $1 }),
            ("refs/pull/1/head", new.merging(["pulled": "yes"]) { $1 }),
        ] as [(String?, [String: String])])
    func `have what a reference leads to`(name: String?, expected: [String: String]) async throws {
        let checkout = try await sources().checkout(Fixture().reference(name))
        #expect(try contents(of: checkout.tree) == expected)
    }

    @Test func `have the commit of an id, which nobody is asked for twice`() async throws {
        let fixture = try Fixture()
        let sources = try sources()
        let first = try await sources.checkout(fixture.reference(fixture.first))
        #expect(try contents(of: first.tree) == Self.old)
        #expect(first.commit.time == 1_600_000_000 && first.reference.kind == .commit)
        try FileManager.default.removeItem(atPath: fixture.root)
        let again = try await sources.checkout(fixture.reference(fixture.second, folder: "dir"))
        #expect(try contents(of: again.tree) == ["a": "new"])
    }

    @Test(arguments: [("dir", ["a": "new"]), ("", new)])
    func `have a folder as their tree`(folder: String, expected: [String: String]) async throws {
        let checkout = try await sources().checkout(Fixture().reference("main", folder: folder))
        #expect(try contents(of: checkout.tree) == expected)
        let root = try #require(try checkout.tree.node(at: ""))
        #expect(root.entry.mode == 0o755)
    }

    @Test func `come over HTTP`() async throws {
        let fixture = try Fixture()
        let server = try GitHTTPServer(root: fixture.root, credentials: "ann:token")
        let url = server.url("repo.git", credentials: "ann:token")
        let reference = try #require(try GitReference("\(url)#feature/x:dir"))
        let checkout = try await sources().checkout(reference)
        #expect(try contents(of: checkout.tree) == ["a": "old"])
        #expect(checkout.url.description == server.url("repo.git"))
    }

    @Test func `give out a commit that no branch has, where the server does`() async throws {
        let fixture = try Fixture()
        try fixture.repository.git("config", "uploadpack.allowAnySHA1InWant", "true")
        let server = try GitHTTPServer(root: fixture.root)
        let reference = GitReference(remote: server.url("repo.git"), reference: fixture.pull)
        let checkout = try await sources().checkout(reference)
        #expect(try contents(of: checkout.tree).keys.contains("pulled"))
    }

    @Test(arguments: [
        ("none", "", "it has no branch, tag or commit of that name"), ("feature/y", "", "feature/x"),
        ("main", "none", "it is not there"), ("main", "top", "it is a file"),
        ("0123456789012345678901234567890123456789", "", "no branch or tag has it"),
    ])
    func `tell what they do not have`(name: String, folder: String, message: String) async throws {
        let fixture = try Fixture()
        let server = try GitHTTPServer(root: fixture.root)
        let reference = GitReference(remote: server.url("repo.git"), reference: name, folder: folder)
        let error = await #expect(throws: (any Error).self) { try await sources().checkout(reference) }
        #expect(error.map { "\($0)" }?.contains(message) == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test(arguments: ["git@host:repo.git", "ssh://host/repo.git", "https://", "relative"])
    func `cannot be brought by every URL`(remote: String) async throws {
        await #expect(throws: BuildError.self) { try await sources().checkout(GitReference(remote: remote)) }
    }

    @Test func `are held to the checksum of a commit or a tag`() async throws {
        let fixture = try Fixture()
        let tag = try fixture.repository.git("rev-parse", "v1")
        for (name, checksum, isRight) in [
            ("main", fixture.second, true), ("main", String(fixture.second.prefix(8)).uppercased(), true),
            ("v1", tag, true), ("v1", fixture.first, true), (fixture.first, fixture.first, true),
            ("main", fixture.first, false), (fixture.first, fixture.second, false),
        ] {
            var reference = fixture.reference(name)
            reference.checksum = checksum
            let expected = reference
            if isRight {
                _ = try await sources().checkout(expected)
            } else {
                await #expect(throws: ChecksumMismatch.self) { try await sources().checkout(expected) }
            }
        }
        var pinned = fixture.reference("main")
        (pinned.checksum, pinned.isFetchedByCommit) = (fixture.first, true)
        #expect(try await contents(of: sources().checkout(pinned).tree) == Self.old)
        pinned.checksum = "abc"
        await #expect(throws: BuildError.self) { try await sources().checkout(pinned) }
    }

    // MARK: Submodules

    private struct Nested {
        let outer: GitFixture
        let commit: String

        init() throws {
            let root = try TemporaryDirectory.required.path("nested")
            let leaf = try GitFixture(at: "\(root)/leaf")
            let leafCommit = try leaf.commit("Leaf", ["leaf.txt": "leaf"], time: 1_500_000_000)
            let middle = try GitFixture(at: "\(root)/middle")
            try middle.commit(
                "Files",
                ["m": "middle", ".gitmodules": "[submodule \"l\"]\n\tpath = inner/leaf\n\turl = ../leaf\n"])
            try middle.git("update-index", "--add", "--cacheinfo", "160000,\(leafCommit),inner/leaf")
            try middle.git("commit", "--quiet", "--message", "Submodule")
            let middleCommit = try middle.git("rev-parse", "HEAD")
            outer = try GitFixture(at: "\(root)/outer")
            try outer.commit(
                "Files",
                [
                    "a": "a", "z": "z",
                    ".gitmodules": """
                    ; a comment
                    [submodule "one"]
                        path = "lib/one" # behind it
                        url = ../middle
                    [submodule "no gitlink"]
                        path = other
                        url = ../none
                    """,
                ])
            try outer.git("update-index", "--add", "--cacheinfo", "160000,\(middleCommit),lib/one")
            try outer.git("update-index", "--add", "--cacheinfo", "160000,\(leafCommit),unlisted")
            try outer.git("commit", "--quiet", "--message", "Submodules", time: 1_650_000_000)
            commit = try outer.git("rev-parse", "HEAD")
        }
    }

    private static let nested = ["lib/one/m": "middle", "lib/one/inner/leaf/leaf.txt": "leaf"]

    @Test func `bring their submodules, and those of these`() async throws {
        let nested = try Nested()
        let tree = try await sources().checkout(GitReference(remote: nested.outer.path)).tree
        let files = try contents(of: tree).filter { !$0.key.hasSuffix(".gitmodules") }
        #expect(files == Self.nested.merging(["a": "a", "z": "z"]) { $1 })
        let root = try #require(try tree.node(at: ""))
        #expect(try tree.children(of: root).map(\.name) == [".gitmodules", "a", "lib", "unlisted", "z"])
        let leaf = try #require(try tree.node(at: "lib/one/inner/leaf/leaf.txt"))
        #expect(try tree.changeTime(of: leaf) == 1_500_000_000)
        #expect(leaf.contentID?.hasPrefix("git:") == true)
        #expect(try tree.node(at: "lib/one/none") == nil)
    }

    @Test(arguments: [
        ("lib", ["one/m": "middle", "one/inner/leaf/leaf.txt": "leaf"]),
        ("lib/one/inner", ["leaf/leaf.txt": "leaf"]), ("lib/one/inner/leaf", ["leaf.txt": "leaf"]),
    ])
    func `have folders with submodules in them, and in submodules`(
        folder: String, expected: [String: String]
    ) async throws {
        let nested = try Nested()
        let reference = GitReference(remote: nested.outer.path, folder: folder)
        let files = try contents(of: try await sources().checkout(reference).tree)
        #expect(files.filter { !$0.key.hasSuffix(".gitmodules") } == expected)
    }

    @Test func `leave submodules out when they are told to`() async throws {
        var reference = GitReference(remote: try Nested().outer.path)
        reference.hasSubmodules = false
        let tree = try await sources().checkout(reference).tree
        #expect(try tree.children(of: try #require(try tree.node(at: "lib/one"))).isEmpty)
    }

    @Test func `do not let a repository from elsewhere reach into this machine`() async throws {
        let secret = try GitFixture(at: TemporaryDirectory.required.path("secret"))
        let commit = try secret.commit("Secret", ["key": "secret"])
        let root = try TemporaryDirectory.required.path("evil")
        let evil = try GitFixture(at: "\(root)/evil.git")
        try evil.commit("Evil", [".gitmodules": "[submodule \"s\"]\npath = s\nurl = \(secret.path)\n"])
        try evil.git("update-index", "--add", "--cacheinfo", "160000,\(commit),s")
        try evil.git("commit", "--quiet", "--message", "Evil")
        let server = try GitHTTPServer(root: root)
        let error = await #expect(throws: BuildError.self) {
            try await sources().checkout(GitReference(remote: server.url("evil.git")))
        }
        #expect(error?.message.hasSuffix("is a path of this machine") == true)
    }

    // MARK: The repository's own files

    @Test(arguments: ["main", "v1", nil, "refs/pull/1/head"])
    func `keep a .git that git takes for a clone of one commit`(name: String?) async throws {
        let fixture = try Fixture()
        let server = try GitHTTPServer(root: fixture.root)
        var listings: [String] = []
        for host in ["one", "two"] {
            try await withLocalBuilder(host) { local in
                let suffix = name.map { "#\($0)" } ?? ""
                let image = try await local.build(
                    "FROM scratch\nADD --keep-git-dir=true \(server.url("repo.git"))\(suffix) /src\n",
                    over: ContextOpener.Opened(tree: LayeredTree(), time: 2_000_000_000))
                listings.append(image.manifest.digest.description)
                let layer = try #require(image.layers.last)
                let outcome = try Shell.run(
                    """
                    set -e; mkdir out; tar -xzf '\(local.store.path(of: layer.descriptor.digest))' -C out
                    cd out/src; git -c safe.directory='*' status --porcelain; git -c safe.directory='*' rev-parse HEAD
                    git -c safe.directory='*' fsck --strict 2>&1; git -c safe.directory='*' log --format=%s
                    git -c safe.directory='*' remote get-url origin
                    """, in: local.directory)
                let commit = try fixture.repository.git("rev-parse", "\(name ?? "main")^{commit}")
                let title = try fixture.repository.git("log", "-1", "--format=%s", commit)
                #expect(outcome.output == "\(commit)\n\(title)\n\(server.url("repo.git"))\n")
                #expect(outcome.status == 0)
            }
        }
        #expect(listings[0] == listings[1])
    }
}
