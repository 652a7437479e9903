import Builder
import Foundation
import OCI
import Synchronization
import TestSupport
import Testing

@Suite("A named context", .temporaryDirectory) struct NamedContextTests {
    private func workshop(_ names: String...) throws -> Workshop {
        var workshop = try Workshop()
        try workshop.prepare(
            "mkdir -p ../other/d; echo text > ../other/f; chmod 600 ../other/f; echo > ../other/d/g")
        let tree = DirectoryTree(directory: workshop.directory.path("workshop/other"))
        for name in names { workshop.contexts[name] = NamedContext.tree(tree) }
        return workshop
    }

    private static let files = ["drwxr-xr-x 0/0 d/", "-rw-r--r-- 0/0 d/g", "-rw------- 0/0 f"]

    @Test(arguments: [
        ("two", "FROM scratch\nCOPY --from=two / /\n"), ("TWO", "FROM scratch\nCOPY --from=two / /\n"),
        ("two", "FROM a AS two\nCOPY missing /\nFROM scratch\nCOPY --from=two / /\n"),
        ("two", "FROM a AS two\nCOPY missing /\nFROM scratch\nCOPY --from=0 / /\n"),
        ("alpine", "FROM scratch\nCOPY --from=alpine:latest / /\n"),
        ("docker.io/library/alpine:latest", "FROM scratch\nCOPY --from=alpine / /\n"),
        ("alpine:3", "FROM scratch\nCOPY --from=index.docker.io/library/alpine:3 / /\n"),
        ("host:5000/a/b", "FROM scratch\nCOPY --from=host:5000/a/b:latest / /\n"),
        ("two", "FROM two\n"), ("alpine", "FROM docker.io/library/alpine:latest\n"),
        ("two", "FROM a AS two\nCOPY missing /\n"), ("two", "FROM two AS x\nFROM x\n"),
        ("team/app", "FROM docker.io/team/app\n"),
    ])
    func `that is files can be copied from and stood on`(name: String, dockerfile: String) async throws {
        let image = try await workshop(name).build(dockerfile)
        #expect(try workshop(name).listing(try #require(image.layers.last)) == Self.files)
        #expect(image.layers.count == 1)
        #expect(image.config.diffIDs.count == 1)
        #expect(image.bases.isEmpty)
    }

    @Test func `that is files is a base of its own platform`() async throws {
        let workshop = try workshop("two")
        let image = try await workshop.build("FROM two\nCOPY --from=two f x\nENV a=b\n")
        #expect(image.config.execution.workingDirectory == "/")
        #expect(image.layers.count == 2)
        #expect(image.config.history.map(\.isEmptyLayer) == [false, false, true])
    }

    @Test func `that is nothing is a base without layers`() async throws {
        var workshop = try workshop()
        workshop.contexts["two"] = NamedContext.tree(LayeredTree())
        #expect(try await workshop.build("FROM two\n").layers.isEmpty)
    }

    @Test func `that is an image brings its configuration, its files and its triggers`() async throws {
        var workshop = try workshop()
        var config = ImageConfig(platform: .host)
        config.execution.environment = ["A=b"]
        config.execution.onBuild = ["COPY --from=three /f /g"]
        let image = try workshop.addImage("elsewhere", layers: ["echo > e; chmod 711 e"], config: config)
        workshop.contexts["alpine"] = NamedContext.image(image)
        workshop.contexts["three"] = NamedContext.tree(
            DirectoryTree(directory: workshop.directory.path("workshop/other")))
        let built = try await workshop.build("FROM alpine:latest\nCOPY --from=alpine /e /copy\n")
        #expect(built.config.execution.environment?.first == "A=b")
        #expect(
            try built.layers.suffix(2).map { try workshop.listing($0) } == [
                ["-rw------- 0/0 g"], ["-rwx--x--x 0/0 copy"],
            ])
        #expect(built.layers.first == image.layers.first)
    }

    @Test func `is opened only when it is needed, for the platform that is asked for, and once`() async throws
    {
        var workshop = try workshop()
        let probe = ContextProbe()
        workshop.contexts = ["used": probe, "unused": ContextProbe(failure: "never")]
        try await workshop.build(
            """
            FROM unused AS left-out
            FROM --platform=linux/arm64 used AS other
            FROM used
            COPY --from=used /f /
            COPY --from=used /f /again
            COPY --from=other /f /third
            """)
        #expect(Set(probe.platforms.map(\.description)) == ["linux/arm64", Platform.host.description])
        #expect(probe.platforms.count == 2)
    }

    @Test func `that cannot be opened is told at its place`() async throws {
        var workshop = try workshop()
        workshop.contexts = ["bad": ContextProbe(failure: "it is broken")]
        #expect(try await workshop.failure(of: "FROM bad\n") == "Dockerfile:1:6: it is broken")
        #expect(
            try await workshop.failure(of: "FROM scratch\nCOPY --from=bad a b\n")
                == "Dockerfile:2:6: it is broken")
    }
}

/// A context that remembers what it was opened for.
private final class ContextProbe: ContextSource {
    private let opened = Mutex<[Platform]>([])
    private let failure: String?

    init(failure: String? = nil) { self.failure = failure }

    var platforms: [Platform] { opened.withLock { $0 } }

    func open(for platform: Platform) async throws -> NamedContext {
        if let failure { throw BuildError(failure) }
        opened.withLock { $0.append(platform) }
        return .tree(TextTree(["f": "text"]))
    }
}
