import Archive
import Blobs
import Builder
import Cryptography
import Foundation
import OCI
import TestSupport
import Testing

@Suite("ADD from elsewhere", .temporaryDirectory) struct RemoteAddTests {
    private func workshop() throws -> Workshop {
        let workshop = try Workshop()
        try workshop.prepare("mkdir -p d/sub; echo > a.txt; echo > b.md; echo > d/sub/f; chmod 755 d/sub/f")
        for url in [
            "http://h/file", "https://h/a/b.txt?q=1#x", "http://h/", "http://h/a%20b", "http://h/%2e%2e",
        ] {
            try workshop.remote.put(Array("hello".utf8), at: url, modified: 50, in: workshop.store)
        }
        workshop.remote.put(DirectoryTree(directory: workshop.context + "/d"), at: "https://h/r.git")
        return workshop
    }

    @Test(arguments: [
        ("http://h/file /", ["-rw------- 0/0 file"]), ("http://h/file /x", ["-rw------- 0/0 x"]),
        ("http://h/file x/y", ["drwxr-xr-x 0/0 x/", "-rw------- 0/0 x/y"]),
        ("https://h/a/b.txt?q=1#x /", ["-rw------- 0/0 b.txt"]),
        ("http://h/ /d/", ["drwxr-xr-x 0/0 d/", "-rw------- 0/0 d/__unnamed__"]),
        ("http://h/a%20b /", ["-rw------- 0/0 a b"]),
        ("--chmod=4711 http://h/file /", ["-rws--x--x 0/0 file"]),
        ("--chmod=g+r --chown=3:4 http://h/file /n/", ["drwxr-xr-x 3/4 n/", "-rw-r----- 3/4 n/file"]),
        ("--link http://h/file /n/", ["drwxr-xr-x 0/0 n/", "-rw------- 0/0 n/file"]),
        (
            "http://h/file *.md a.txt d /m/",
            [
                "drwxr-xr-x 0/0 m/", "-rw-r--r-- 0/0 m/a.txt", "-rw-r--r-- 0/0 m/b.md",
                "-rw------- 0/0 m/file",
                "drwxr-xr-x 0/0 m/sub/", "-rwxr-xr-x 0/0 m/sub/f",
            ]
        ),
        (
            "https://h/r.git /r",
            ["drwxr-xr-x 0/0 r/", "drwxr-xr-x 0/0 r/sub/", "-rwxr-xr-x 0/0 r/sub/f"]
        ),
        (
            "--chown=1:2 https://h/r.git#v1:sub /r/",
            ["drwxr-xr-x 1/2 r/", "drwxr-xr-x 1/2 r/sub/", "-rwxr-xr-x 1/2 r/sub/f"]
        ),
        ("--exclude=sub https://h/r.git http://h/file /r/", ["drwxr-xr-x 0/0 r/", "-rw------- 0/0 r/file"]),
    ])
    func `puts files and repositories where it says`(words: String, expected: [String]) async throws {
        #expect(try await workshop().listing(of: "FROM scratch\nADD \(words)\n") == expected)
    }

    @Test func `has the time that the server tells, at most the image's`() async throws {
        let workshop = try workshop()
        var options = BuildOptions()
        options.epoch = 40
        let early = try await workshop.build("FROM scratch\nADD http://h/file /\n", options)
        options.epoch = 60
        let late = try await workshop.build("FROM scratch\nADD http://h/file /\n", options)
        let times = try [early, late].map { image in
            let path = workshop.store.path(of: try #require(image.layers.last).descriptor.digest)
            return try Shell.run("tar -tvzf '\(path)' --full-time", in: workshop.directory.path).output
        }
        #expect(times[0].contains("1970-01-01 00:00:40"))
        #expect(times[1].contains("1970-01-01 00:00:50"))
    }

    @Test func `finds the layer again by the file's digest`() async throws {
        let workshop = try workshop()
        try await workshop.build("FROM scratch\nADD http://h/file /\n")
        try workshop.remote.put(
            Array("hello".utf8), at: "http://elsewhere/file", modified: 50, in: workshop.store)
        _ = try await workshop.build("FROM scratch\nADD http://elsewhere/file /\n")
        #expect(workshop.events.takeCached() == [false, true])
    }

    @Test func `asks once for what several stages add`() async throws {
        let workshop = try workshop()
        try await workshop.build(
            """
            FROM scratch AS a
            ADD http://h/file https://h/r.git#x /a/
            FROM scratch
            ADD http://h/file https://h/r.git#x http://h/a%20b /b/
            COPY --from=a / /
            """)
        #expect(workshop.remote.asked == ["http://h/a%20b", "http://h/file", "https://h/r.git#x"])
    }

    @Test func `unpacks an archive from elsewhere only when it is told to`() async throws {
        let workshop = try workshop()
        let bytes = archive([(TarEntryFixture.file("in", uid: 7, gid: 8), "text")])
        try workshop.remote.put(bytes, at: "http://h/t.tar", in: workshop.store)
        #expect(
            try await workshop.listing(of: "FROM scratch\nADD http://h/t.tar /\n") == ["-rw------- 0/0 t.tar"]
        )
        #expect(
            try await workshop.listing(of: "FROM scratch\nADD --unpack http://h/t.tar /o/\n")
                == ["drwxr-xr-x 0/0 o/", "-rw-r--r-- 7/8 o/in"])
        #expect(
            try await workshop.listing(of: "FROM scratch\nADD --unpack=true http://h/file /o/\n")
                == ["drwxr-xr-x 0/0 o/", "-rw------- 0/0 o/file"])
    }

    @Test(arguments: [Digest.Algorithm.sha256, .sha512])
    func `holds a file to its checksum`(algorithm: Digest.Algorithm) async throws {
        let workshop = try workshop()
        let right = try Digest(of: Array("hello".utf8), algorithm)
        let wrong = try Digest(of: [], algorithm)
        try await workshop.build("FROM scratch\nADD --checksum=\(right) http://h/file /\n")
        let text = try await workshop.failure(of: "FROM scratch\nADD --checksum=\(wrong) http://h/file /\n")
        #expect(
            text
                == "Dockerfile:2:5: `http://h/file` has the checksum `\(right)`, and `\(wrong)` was expected "
                + "(check the source, or correct the checksum)")
    }

    @Test func `hands what the flags say to the repository`() async throws {
        let workshop = try workshop()
        try await workshop.build(
            "FROM scratch\nADD --keep-git-dir=true --checksum=abc https://h/r.git#v1:a /\n")
        try await workshop.build(
            "FROM scratch\nADD https://h/r.git?keep-git-dir=1&checksum=abc&submodules=0 /\n")
        let references = workshop.remote.references
        #expect(references.map(\.checksum) == ["abc", "abc"])
        #expect(references.map(\.keepsGitDirectory) == [true, true])
        #expect(references.map(\.hasSubmodules) == [true, false])
        #expect(references.map(\.folder) == ["a", ""])
    }

    @Test(arguments: [
        ("ADD http://h/none /", "2:5: the shelf has no `http://h/none` (look)"),
        ("ADD a.txt http://h/none /d/", "2:11: the shelf has no `http://h/none`"),
        ("ADD https://h/none.git /", "2:5: the shelf has no `https://h/none.git`"),
        ("ADD https://h/r.git?x=1 /", "2:5: the Git URL `https://h/r.git?x=1` is malformed"),
        ("ADD http://h/%2e%2e /", "2:5: the URL `http://h/%2e%2e` ends in `..`"),
        ("ADD --checksum=sha256:12 http://h/file /", "2:5: `sha256:12` is not a digest"),
        ("ADD --checksum=sha384:12 http://h/file /", "2:5: `sha384:12` is not a digest known here"),
        ("ADD --checksum=xyz https://h/r.git /", "2:20: the checksum `xyz` is of a Git repository"),
        ("ADD --checksum=def https://h/r.git /", "2:5: `https://h/r.git` has the checksum `abc`"),
        (
            "ADD --checksum=abc https://h/r.git?commit=def /",
            "2:20: `--checksum` and the URL's checksum `def`"
        ),
        ("ADD --keep-git-dir https://h/r.git?keep-git-dir=0 /", "2:20: `--keep-git-dir` and the URL's"),
        ("ADD http://h/file a.txt /d", "2:25: `/d` is to take 2 sources"),
        ("COPY http://h/file /", "2:6: `COPY` takes no URL, and `http://h/file` is one (use `ADD`)"),
        ("COPY git@h:r.git /", "2:6: `COPY` takes no URL"),
        ("ADD ftp://h/file /", "2:5: `ftp://h/file` is not there"),
    ])
    func `tells what is wrong, and where`(instruction: String, expected: String) async throws {
        let text = try await workshop().failure(of: "FROM scratch\n\(instruction)\n")
        #expect(text.hasPrefix("Dockerfile:" + expected), "\(text)")
    }

    @Test func `is an error where nothing can bring it`() async throws {
        let workshop = try Workshop()
        let input = ImageBuilder.Input(
            source: TextTree(["Dockerfile": "FROM scratch\nADD http://h/file /\n"]), context: TextTree([:]),
            images: workshop.images)
        let error = await #expect(throws: (any Error).self) {
            try await workshop.builder.build(BuildOptions(), input, onBases: { _ in }, onProgress: { _ in })
        }
        #expect(
            error.map { "\($0)" }
                == "Dockerfile:2:5: this build has no way to bring `http://h/file` (put the file into the context)"
        )
    }
}
