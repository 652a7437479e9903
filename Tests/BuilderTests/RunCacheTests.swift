import Builder
import Foundation
import OCI
import TestSupport
import Testing

@Suite("A RUN that was done before", .temporaryDirectory) struct RunCacheTests {
    @Test func `is not done again`() async throws {
        let workshop = try Workshop.running()
        let dockerfile = "FROM busybox\nRUN cat /proc/sys/kernel/random/uuid > /id\nRUN true\n"
        let first = try await workshop.build(dockerfile)
        #expect(try await workshop.build(dockerfile).manifest == first.manifest)
        var options = BuildOptions()
        options.isWithoutCache = true
        #expect(try await workshop.build(dockerfile, options).manifest != first.manifest)
    }

    @Test func `is done once by stages and builds that need it at the same time`() async throws {
        let workshop = try Workshop.running()
        let run = "RUN sleep 0.2; cat /proc/sys/kernel/random/uuid > /id"
        let dockerfile = """
            FROM busybox AS one
            \(run)
            FROM busybox AS two
            \(run)
            FROM scratch
            COPY --from=one /id /one
            COPY --from=two /id /two
            """
        async let first = workshop.build(dockerfile)
        async let second = workshop.build(dockerfile)
        let images = try await [first, second]
        #expect(images[0].manifest == images[1].manifest)
        let layers = images[0].layers
        #expect(try workshop.text("one", in: layers[0]) == workshop.text("two", in: layers[1]))
    }

    @Test func `is told to be cached although it changed nothing`() async throws {
        let workshop = try Workshop.running()
        try await workshop.build("FROM busybox\nRUN true\n")
        _ = workshop.events.takeCached()
        try await workshop.build("FROM busybox\nRUN true\n")
        #expect(workshop.events.takeCached() == [true])
    }

    @Test func `is done again in the stages that are named`() async throws {
        let workshop = try Workshop.running()
        let dockerfile = """
            FROM busybox AS one
            RUN cat /proc/sys/kernel/random/uuid > /id
            FROM busybox AS two
            RUN cat /proc/sys/kernel/random/uuid > /id # two
            FROM scratch
            COPY --from=one /id /one
            COPY --from=two /id /two
            """
        let first = try await workshop.build(dockerfile)
        var options = BuildOptions()
        options.stagesWithoutCache = ["two"]
        let second = try await workshop.build(dockerfile, options)
        #expect(first.layers[0] == second.layers[0] && first.layers[1] != second.layers[1])
    }

    @Test(
        arguments: [
            ("ENV V=2\nRUN echo 1 > /f", "the variable `V` is another"),
            ("ENV V=1\nRUN echo 2 > /f", "the command is another"),
            ("ENV V=1 W=2\nRUN echo 1 > /f", "the variable `W` is new"),
            ("ENV V=1\nUSER ann\nRUN echo 1 > /tmp/f", "the command is another"),
            ("ENV V=1\nRUN --network=none echo 1 > /f", "the network is another"),
            ("ENV V=1\nRUN --mount=target=/c,source=a echo 1 > /f", "what is mounted at `/c` is new"),
        ])
    func `is done again for another input, which is told`(lines: String, reason: String) async throws {
        let workshop = try Workshop.running()
        try workshop.prepare("echo 1 > a")
        try await workshop.build("FROM busybox\nENV V=1\nRUN echo 1 > /f\n")
        _ = workshop.events.takeCached()
        try await workshop.build("FROM busybox\n\(lines.replacing("\nUSER", with: "\nRUN true\nUSER"))\n")
        #expect(workshop.events.reasons.first == reason || lines.contains("USER"))
        #expect(workshop.events.takeCached().contains(false))
    }

    @Test func `sees what a mount shows, and not how it is called`() async throws {
        let workshop = try Workshop.running()
        try workshop.prepare("mkdir d; echo 1 > d/a; echo 1 > other")
        let dockerfile = "FROM busybox\nRUN --mount=target=/c,source=d cat /c/a > /f\n"
        let first = try await workshop.build(dockerfile)
        try workshop.prepare("echo 2 > other")
        #expect(try await workshop.build(dockerfile).manifest == first.manifest)
        try workshop.prepare("echo 2 > d/a")
        let second = try await workshop.build(dockerfile)
        #expect(try workshop.text("f", in: second.layers.last) == "2\n")
        #expect(workshop.events.reasons.last == "what is mounted at `/c` is another")
    }

    @Test func `is done again when the layers under it are others`() async throws {
        let workshop = try Workshop.running()
        try workshop.prepare("echo 1 > a")
        let dockerfile = "FROM busybox\nCOPY a /a\nRUN cat /a > /b\n"
        try await workshop.build(dockerfile)
        try workshop.prepare("echo 2 > a")
        let image = try await workshop.build(dockerfile)
        #expect(try workshop.text("b", in: image.layers.last) == "2\n")
        #expect(workshop.events.reasons == ["`a` holds other bytes", "the layer 2 under it is another"])
    }
}
