import Foundation
import Git
import TestSupport
import Testing

@Suite("A tree", .temporaryDirectory) struct TreeTests {
    /// A commit with something of every kind, under `web` and beside it.
    private static func fixture() throws -> (GitFixture, Repository, commit: ObjectID) {
        let fixture = try GitFixture(at: TemporaryDirectory.required.path("app"))
        let first = try fixture.commit(
            "First",
            ["web/a.txt": "1", "web/a/b": "2", "web/a-b": "3", "web/run": "4", "web/ä": "5", "top": "6"])
        try FileManager.default.createSymbolicLink(
            atPath: fixture.path + "/web/link", withDestinationPath: "a.txt")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: fixture.path + "/web/run")
        try fixture.git("add", "web")
        try fixture.git("update-index", "--add", "--cacheinfo", "160000,\(first),web/module")
        try fixture.git("commit", "--quiet", "--message", "Second")
        let commit = try ObjectID(fixture.git("rev-parse", "HEAD"))
        return (fixture, try Repository(at: fixture.path), commit)
    }

    @Test func `lists its entries by the bytes of their names`() throws {
        let (_, repository, commit) = try Self.fixture()
        let entries = try repository.entries(of: repository.tree(of: commit, at: "web"))
        #expect(entries.map(\.path) == ["a", "a-b", "a.txt", "link", "module", "run", "ä"])
        let kinds: [TreeEntry.Kind] = [.folder, .file, .file, .symlink, .submodule, .executable, .file]
        #expect(entries.map(\.kind) == kinds)
        #expect(
            entries.map(\.mode) == [0o040000, 0o100644, 0o100644, 0o120000, 0o160000, 0o100755, 0o100644])
    }

    @Test func `is walked folder by folder`() throws {
        let (_, repository, commit) = try Self.fixture()
        let root = try repository.tree(of: commit)
        var all: [String] = []
        try repository.walk(root) {
            all.append($0.path)
            return .enter
        }
        #expect(
            all == [
                "top", "web", "web/a", "web/a/b", "web/a-b", "web/a.txt", "web/link", "web/module", "web/run",
                "web/ä",
            ])
        var some: [String] = []
        try repository.walk(root) {
            some.append($0.path)
            return $0.path == "web/a" ? .skip : $0.path == "web/a.txt" ? .stop : .enter
        }
        #expect(some == ["top", "web", "web/a", "web/a-b", "web/a.txt"])
    }

    @Test func `is found at a folder's path`() throws {
        let (fixture, repository, commit) = try Self.fixture()
        for folder in ["web", "/web/", "./web", "web//."] {
            let tree = try repository.tree(of: commit, at: folder)
            #expect(try tree.description == fixture.git("rev-parse", "HEAD:web"))
        }
        let root = try repository.tree(of: commit)
        for folder in ["", "/", "."] { #expect(try repository.tree(of: commit, at: folder) == root) }
        #expect(try repository.entry(at: "web/a/b", in: root)?.name == "b")
        #expect(try repository.entry(at: "web/none", in: root) == nil)
        #expect(try repository.entry(at: "top/none", in: root) == nil)
    }

    @Test(
        arguments: [
            ("wbe", .notFound, "did you mean `web`?"), ("web/none", .notFound, nil), ("top", .wrongKind, nil),
            ("web/link", .wrongKind, nil), ("web/module", .wrongKind, nil), ("../web", .malformed, nil),
        ] as [(String, GitError.Reason, String?)])
    func `is not to be had where no folder is`(folder: String, reason: GitError.Reason, hint: String?) throws
    {
        let (_, repository, commit) = try Self.fixture()
        let error = try #require(
            #expect(throws: GitError.self) { try repository.tree(of: commit, at: folder) })
        #expect(error.reason == reason)
        #expect(error.hint == hint)
        #expect(error.operation.contains("`\(folder)`"))
    }

    @Test func `is not to be had by the id of something else`() throws {
        let (_, repository, commit) = try Self.fixture()
        let error = try #require(#expect(throws: GitError.self) { try repository.entries(of: commit) })
        #expect(error.reason == .wrongKind)
        #expect("\(error)" == "could not read the tree \(commit): it is a commit")
        let nothing = try ObjectID(String(repeating: "1", count: 40))
        let missing = try #require(#expect(throws: GitError.self) { try repository.entries(of: nothing) })
        #expect(missing.reason == .notFound)
    }
}

@Suite("A Git blob", .temporaryDirectory) struct GitBlobTests {
    private static func fixture(_ text: String) throws -> (GitFixture, Repository, blob: ObjectID) {
        let fixture = try GitFixture(at: TemporaryDirectory.required.path("app"))
        try fixture.commit("First", ["file": text])
        let blob = try ObjectID(fixture.git("rev-parse", "HEAD:file"))
        return (fixture, try Repository(at: fixture.path), blob)
    }

    @Test func `lends its bytes`() throws {
        let (_, repository, blob) = try Self.fixture("hello")
        #expect(try repository.size(ofBlob: blob) == 5)
        #expect(try repository.bytes(ofBlob: blob) == Array("hello".utf8))
        #expect(try repository.withBlob(blob) { $0.byteCount } == 5)
    }

    @Test func `is read from a pack, where one of its kind is a difference to it`() throws {
        let long = (0..<50_000).map { "\($0)\n" }.joined()
        let (fixture, _, blob) = try Self.fixture(long)
        try fixture.commit("Second", ["file": long + "more"])
        try fixture.git("repack", "-a", "-d", "--quiet")
        let repository = try Repository(at: fixture.path)
        // Compared as a whole: a difference of many elements would take for ever to describe.
        #expect(try Data(repository.bytes(ofBlob: blob)) == Data(long.utf8))
    }

    @Test func `may be empty`() throws {
        let (_, repository, blob) = try Self.fixture("")
        #expect(try repository.size(ofBlob: blob) == 0)
        #expect(try repository.bytes(ofBlob: blob).isEmpty)
    }

    @Test func `is no tree`() throws {
        let (fixture, repository, _) = try Self.fixture("hello")
        let tree = try ObjectID(fixture.git("rev-parse", "HEAD^{tree}"))
        for read in [{ _ = try repository.size(ofBlob: tree) }, { _ = try repository.bytes(ofBlob: tree) }] {
            let error = try #require(#expect(throws: GitError.self) { try read() })
            #expect(error.reason == .wrongKind)
        }
    }

    @Test(arguments: [false, true])
    func `that is damaged is refused`(isPacked: Bool) throws {
        let (fixture, _, blob) = try Self.fixture((0..<9999).map { "\($0)\n" }.joined())
        if isPacked { try fixture.git("repack", "-a", "-d", "--quiet") }
        let objects = URL(filePath: fixture.path + "/.git/objects")
        let name = blob.description
        let files = FileManager.default.enumerator(atPath: objects.path)?.compactMap { $0 as? String } ?? []
        let wanted = try #require(
            files.first { isPacked ? $0.hasSuffix(".pack") : $0 == "\(name.prefix(2))/\(name.dropFirst(2))" })
        let file = objects.appending(path: wanted)
        var bytes = try Data(contentsOf: file)
        for index in bytes.count / 2..<bytes.count / 2 + 64 { bytes[index] ^= 0x55 }
        try FileManager.default.removeItem(at: file)
        try bytes.write(to: file)
        let repository = try Repository(at: fixture.path)
        let error = try #require(#expect(throws: GitError.self) { try repository.bytes(ofBlob: blob) })
        #expect(error.reason == .corrupt, "\(error)")
        #expect(error.operation.contains(name))
    }
}
