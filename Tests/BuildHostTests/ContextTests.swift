@testable import BuildHost
import Builder
import Foundation
import Git
import Glibc
import Layout
import OCI
import TestSupport
import Testing

@Suite("A build context", .temporaryDirectory) struct ContextTests {
    @Test(
        arguments: [
            ("-", .standardInput), ("http://h/c.tar.gz", .url("http://h/c.tar.gz")),
            (
                "https://h/x.git#v1:a",
                .git(GitReference(remote: "https://h/x.git", reference: "v1", folder: "a"))
            ),
            ("github.com/a/b#v1", .git(GitReference(remote: "https://github.com/a/b.git", reference: "v1"))),
            ("git@h:x", .git(GitReference(remote: "git@h:x"))),
        ] as [(String, BuildContextReference)])
    func `is read from its text`(text: String, expected: BuildContextReference) throws {
        #expect(try BuildContextReference(context: text) == expected)
    }

    @Test func `is a directory before all else`() throws {
        let directory = try TemporaryDirectory.required
        try FileManager.default.createDirectory(
            atPath: directory.path("x.git"), withIntermediateDirectories: true)
        try directory.write("text", to: "file")
        #expect(
            try BuildContextReference(context: directory.path("x.git")) == .directory(directory.path("x.git"))
        )
        let file = #expect(throws: BuildError.self) {
            try BuildContextReference(context: directory.path("file"))
        }
        #expect(file?.message == "the build context `\(directory.path("file"))` is no directory")
        let none = #expect(throws: BuildError.self) {
            try BuildContextReference(context: directory.path("none"))
        }
        #expect(none?.message.hasSuffix("is not there") == true)
        #expect(throws: BuildError.self) { try BuildContextReference(context: "https://h/x.git?y=z") }
    }

    @Test(
        arguments: [
            ("a=docker-image://alpine:3", "a", .image("alpine:3")),
            ("a=https://h/t.tar?x=y", "a", .url("https://h/t.tar?x=y")),
            (
                "docker.io/a=git://h/r#b", "docker.io/a",
                .git(GitReference(remote: "git://h/r", reference: "b"))
            ),
            ("root=/", "root", .directory("/")),
        ] as [(String, String, BuildContextReference)])
    func `may have a name`(text: String, name: String, expected: BuildContextReference) throws {
        let named = try BuildContextReference.named(text)
        #expect(named.name == name)
        #expect(named.1 == expected)
    }

    @Test(arguments: [
        ("x", "the context `x` has no name"), ("=/", "the context `=/` has no name"),
        ("a=docker-image://", "the context `a` names no image"),
        ("a=oci-layout://", "it names no directory"), ("a=oci-layout://l@sha256:1", "is not a digest"),
        ("a=target:b", "which only `docker buildx bake` has"), ("a=/none/there", "is not there"),
        ("a=", "is not there"),
    ])
    func `with a name is refused when it is nothing`(text: String, message: String) throws {
        let error = #expect(throws: BuildError.self) { try BuildContextReference.named(text) }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    // MARK: Opened

    private static let files =
        "mkdir c; cd c; echo a > a; echo b > b; echo b > .dockerignore; printf 'FROM scratch\\nCOPY . /\\n' > Dockerfile\n"
    private static let copied = [
        "-rw-r--r-- 0/0 .dockerignore", "-rw-r--r-- 0/0 Dockerfile", "-rw-r--r-- 0/0 a",
    ]

    private func prepare(_ script: String) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory.required
        let outcome = try Shell.run("set -e; umask 022\n\(script)", in: directory.path)
        try #require(outcome.status == 0, "\(outcome.output)")
        return directory
    }

    @Test(arguments: ["cat", "gzip", "bzip2", "xz", "zstd"])
    func `comes as an archive through standard input`(compressor: String) async throws {
        let directory = try prepare(Self.files + "tar --owner=5 -c . | \(compressor) > ../archive")
        try await withLocalBuilder { local in
            let input = open(directory.path("archive"), O_RDONLY | O_CLOEXEC)
            defer { close(input) }
            let opened = try await local.contexts.open(.standardInput, standardInput: input)
            #expect(opened.dockerfile == nil)
            #expect(try await local.listing(local.build(over: opened)) == Self.copied)
        }
    }

    @Test func `is empty when a Dockerfile comes through standard input`() async throws {
        try await withLocalBuilder { local in
            let pipe = Pipe()
            try pipe.fileHandleForWriting.write(
                contentsOf: Data("FROM scratch\nCOPY <<E . /x/\ntext\nE\n".utf8))
            try pipe.fileHandleForWriting.close()
            let opened = try await local.contexts.open(
                .standardInput, standardInput: pipe.fileHandleForReading.fileDescriptor)
            #expect(
                try await local.listing(local.build(over: opened)) == [
                    "drwxr-xr-x 0/0 x/", "-rw-r--r-- 0/0 x/E",
                ])
        }
    }

    @Test func `is refused when nothing comes through standard input, or something damaged`() async throws {
        let directory = try prepare(": > empty; printf '\\x1f\\x8bnothing' > damaged")
        try await withLocalBuilder { local in
            for name in ["empty", "damaged"] {
                let input = open(directory.path(name), O_RDONLY | O_CLOEXEC)
                defer { close(input) }
                await #expect(throws: (any Error).self) {
                    try await local.contexts.open(.standardInput, standardInput: input)
                }
            }
            await #expect(throws: BuildError.self) {
                try await local.contexts.open(.standardInput, standardInput: -1)
            }
        }
    }

    @Test func `comes as an archive by URL, or as a Dockerfile`() async throws {
        let directory = try prepare(Self.files + "tar -cz . > ../archive")
        let bytes = Array(try Data(contentsOf: URL(filePath: directory.path("archive"))))
        let text = Array("FROM scratch\nCOPY . /\n".utf8)
        let headers = ["Last-Modified": "Tue, 14 Nov 2023 22:13:20 GMT"]
        let server = FileServer([
            "/c.tgz": .init(bytes: bytes, headers: headers), "/Dockerfile": .init(bytes: text),
        ])
        try await server.serving { server in
            try await withLocalBuilder { local in
                let opened = try await local.contexts.open(.url("http://\(server.host)/c.tgz"))
                #expect(opened.time == 1_700_000_000)
                #expect(try await local.listing(local.build(over: opened)) == Self.copied)
                let single = try await local.contexts.open(.url("http://\(server.host)/Dockerfile"))
                #expect(try await local.listing(local.build(over: single)) == ["-rw------- 0/0 context"])
            }
        }
    }

    @Test func `is a commit, without what its .dockerignore leaves out`() async throws {
        let fixture = try GitFixture(at: TemporaryDirectory.required.path("repository"))
        let commit = try fixture.commit(
            "Files",
            ["d/.dockerignore": "b\n", "d/a": "a", "d/b": "b", "d/Dockerfile": "FROM scratch\nCOPY . /\n"])
        try await withLocalBuilder { local in
            let reference = GitReference(remote: fixture.path, reference: "main", folder: "d")
            let opened = try await local.contexts.open(.git(reference))
            #expect(opened.time == 1_700_000_000)
            #expect(opened.commit?.description == commit)
            let image = try await local.build(over: opened)
            #expect(try local.listing(image) == Self.copied)
            #expect(image.config.created == "2023-11-14T22:13:20Z")
        }
    }

    @Test func `is no image`() async throws {
        try await withLocalBuilder { local in
            _ = await #expect(throws: BuildError.self) { try await local.contexts.open(.image("alpine")) }
        }
    }

    @Test func `with a name is a directory without what is ignored, a commit, an archive, or nothing`()
        async throws
    {
        let directory = try prepare(Self.files + "tar --owner=5 -c a > ../archive")
        let fixture = try GitFixture(at: directory.path("repository"))
        try fixture.commit("Files", [".dockerignore": "g\n", "g": "g"])
        let archive = Array(try Data(contentsOf: URL(filePath: directory.path("archive"))))
        let server = FileServer(["/t": .init(bytes: archive), "/f": .init(bytes: [1])])
        try await server.serving { server in
            try await withLocalBuilder { local in
                let references: [String: BuildContextReference] = [
                    "dir": .directory(directory.path("c")), "git": .git(GitReference(remote: fixture.path)),
                    "tar": .url("http://\(server.host)/t"), "file": .url("http://\(server.host)/f"),
                    "none": .image("scratch"), "layout": .layout(try LayoutLocation("/")),
                ]
                let empty = ContextOpener.Opened(tree: LayeredTree())
                for (name, expected) in [
                    ("dir", Self.copied), ("git", ["-rw-r--r-- 0/0 .dockerignore", "-rw-r--r-- 0/0 g"]),
                    ("tar", ["-rw-r--r-- 0/0 a"]), ("file", ["-rw------- 0/0 context"]),
                ] {
                    let image = try await local.build(
                        "FROM scratch\nCOPY --from=\(name) / /\n", over: empty, contexts: references)
                    #expect(try local.listing(image) == expected)
                    let base = try await local.build("FROM \(name)\n", over: empty, contexts: references)
                    #expect(try local.listing(base) == expected)
                }
                #expect(
                    try await local.build("FROM none\n", over: empty, contexts: references).layers.isEmpty)
                let error = await #expect(throws: (any Error).self) {
                    try await local.build("FROM layout\n", over: empty, contexts: references)
                }
                #expect(
                    error.map { "\($0)" }?.hasPrefix(
                        "Dockerfile:1:6: could not read the OCI layout `/`") == true)
            }
        }
    }
}

@Suite("An image layout as a named context", .temporaryDirectory) struct LayoutContextTests {
    @Test(arguments: ["", ":v1", "@DIGEST", ":v1@DIGEST"])
    func `is a base, and is copied from`(suffix: String) async throws {
        try await withLocalBuilder { local in
            let empty = ContextOpener.Opened(tree: LayeredTree())
            let base = try await local.build("FROM scratch\nCOPY <<E /f\ntext\nE\nENV A=b\n", over: empty)
            let layout = "\(local.directory)/layout"
            try await LayoutWriter(store: local.store).write(
                [LayoutRoot(base.manifest, names: [.plain("v1")])], toDirectory: layout)
            let place = suffix.replacing("DIGEST", with: base.manifest.digest.description)
            let named = try BuildContextReference.named("alpine=oci-layout://\(layout)\(place)")
            try await withLocalBuilder("other") { other in
                let contexts = [named.name: named.1]
                let text = "FROM alpine\nCOPY --from=docker.io/library/alpine /f /g\n"
                let image = try await other.build(text, over: empty, contexts: contexts)
                #expect(image.config.execution.environment?.contains("A=b") == true)
                #expect(try other.listing(image) == ["-rw-r--r-- 0/0 g"])
                #expect(image.layers.first == base.layers.first)
                #expect(image.bases.map(\.digest) == [base.manifest.digest, base.manifest.digest])
                #expect(image.bases.map(\.isRuntime) == [true, false])
            }
        }
    }

    @Test func `that has no such image is told at its place`() async throws {
        try await withLocalBuilder { local in
            let place = try BuildContextReference.named("a=oci-layout:///none/there:x").1
            let error = await #expect(throws: (any Error).self) {
                try await local.build(
                    "FROM a\n", over: ContextOpener.Opened(tree: LayeredTree()),
                    contexts: ["a": place])
            }
            #expect(
                error.map { "\($0)" }?.hasPrefix("Dockerfile:1:6: could not read the image layout") == true)
        }
    }
}

@Suite("A list of submodules") struct SubmoduleURLTests {
    @Test(arguments: [
        ("https://h/a/b.git", "../c.git", "https://h/a/c.git"),
        ("https://h/a/b.git", "./c", "https://h/a/b.git/c"),
        ("https://h/a/b/", "../../c/d", "https://h/c/d"), ("/r/a", "../b", "/r/b"),
        ("https://h/a", "https://o/x", "https://o/x"),
    ])
    func `has URLs relative to their repository's`(remote: String, url: String, expected: String) throws {
        #expect(try SubmoduleList.resolve(url, against: remote) == expected)
    }

    @Test func `has none that lead out of their host`() {
        #expect(throws: BuildError.self) { try SubmoduleList.resolve("../../x", against: "https://h/a") }
    }
}
