import Builder
import Foundation
import TestSupport
import Testing

@Suite("A .dockerignore", .temporaryDirectory) struct IgnoreTests {
    private func workshop() throws -> Workshop {
        let workshop = try Workshop()
        try workshop.prepare(
            "mkdir -p d/e; echo > a.md; echo > b.txt; echo > d/c.md; echo > d/e/f.txt; mkdir empty")
        return workshop
    }

    @Test(arguments: [
        ("*.md", ["b.txt", "d/", "d/c.md", "d/e/", "d/e/f.txt", "empty/"]),
        ("**/*.md\nempty", ["b.txt", "d/", "d/e/", "d/e/f.txt"]),
        ("*\n!d/e", ["d/", "d/e/", "d/e/f.txt"]),
        ("d\n!d/c.md\n# *", ["a.md", "b.txt", "d/", "d/c.md", "empty/"]),
    ])
    func `leaves out what it names`(ignore: String, expected: [String]) async throws {
        let workshop = try workshop()
        try Data("\(ignore)\n.dockerignore".utf8).write(
            to: URL(filePath: workshop.context + "/.dockerignore"))
        let listing = try await workshop.listing(of: "FROM scratch\nCOPY . /\n")
        #expect(listing.map { String($0.split(separator: " ")[2]) } == expected)
    }

    @Test func `hides a file from a COPY that names it`() async throws {
        let workshop = try workshop()
        try workshop.prepare("echo d/e > .dockerignore; ln -s d/e/f.txt link")
        let text = try await workshop.failure(of: "FROM scratch\nCOPY d/e/f.txt /\n")
        #expect(text.hasPrefix("Dockerfile:2:6: `d/e/f.txt` is not there") && text.contains(".dockerignore"))
        _ = try await workshop.failure(of: "FROM scratch\nCOPY link /\n")
    }

    @Test func `gives way to the Dockerfile's own`() async throws {
        let workshop = try workshop()
        try workshop.prepare("echo '*' > .dockerignore")
        let source = TextTree([
            "Dockerfile": "FROM scratch\nCOPY . /\n", "Dockerfile.dockerignore": "*\n!*.md\n",
        ])
        let image = try await workshop.builder.build(
            BuildOptions(),
            .init(
                source: source, context: DirectoryTree(directory: workshop.context), images: workshop.images),
            onBases: { _ in }, onProgress: { _ in })
        #expect(try workshop.listing(image.layers[0]) == ["-rw-r--r-- 0/0 a.md"])
    }

    @Test func `says where a pattern is malformed`() async throws {
        let workshop = try workshop()
        try workshop.prepare("printf 'a\\n[b\\n' > .dockerignore")
        #expect(try await workshop.failure(of: "FROM scratch\n").hasPrefix(".dockerignore:2:1: "))
    }
}
