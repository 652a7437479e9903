import ControlAPI
import Foundation
import TestSupport
import Testing

/// `kill -9` at places that are held still: a registry or a Git host that answers only when the test says so.
@Suite("A daemon that was killed", .temporaryDirectory, .timeLimit(.minutes(5))) struct CrashTests {
    @Test func `during a build finishes the run once, and shows no part of the image before`() async throws {
        let rest = Gate()
        try await FaultyRegistry.serving({ $0.isBlob ? .half(until: rest) : nil }) { registry in
            try registry.addBase(layer: try Self.archive(of: 300_000))
            try await SlipwayDaemon.running { daemon in
                let context = try daemon.context("FROM \(registry.host)/base:1\nCOPY file.txt /\n")
                let build = try daemon.begin("build", context, "--tag", "app:1")
                try await eventually("half of a layer is there") {
                    try build.output.contains("Resolving") && !daemon.incoming.isEmpty
                }
                await daemon.kill()
                let left = try daemon.incoming
                #expect(!left.isEmpty, "the daemon was not killed in the middle")

                try await daemon.start()
                try await eventually("the run is executed again") {
                    try await daemon.run("r1").run.attempt == 2
                }
                #expect(try Set(daemon.incoming).isDisjoint(with: left), "what was left is swept")
                #expect(try await daemon.tags() == [])
                #expect(try await daemon.slipway("image", "show", "app:1").status == 4)
                rest.open()
                // The command outlives the daemon too: it goes on where the log broke off.
                let outcome = await build.outcome()
                #expect(outcome.status == 0, "\(outcome.errors)")
                #expect(outcome.output.contains("Attempt 2 of r1"))
                try await Self.expectOneRun(of: daemon, attempt: 2)
                #expect(try await daemon.tags() == ["app:1"])
                #expect(try daemon.incoming == [])
            }
        }
    }

    enum Moment: String, CaseIterable, Sendable {
        case blob
        case manifest
    }

    @Test(arguments: Moment.allCases)
    func `during a push pushes again, and leaves no part of the image visible`(at moment: Moment) async throws
    {
        let (asked, answered) = (Gate(), Gate())
        try await FaultyRegistry.serving({ call in
            let isHeld = moment == .blob ? call.isUpload && call.method != "POST" : call.isManifest
            guard isHeld, call.method != "GET", call.method != "HEAD" else { return nil }
            asked.open()
            await answered.pass()
            return nil
        }) { registry in
            try await SlipwayDaemon.running { daemon in
                let context = try daemon.context("FROM scratch\nCOPY file.txt /\n")
                let build = try daemon.begin("build", context, "--tag", "\(registry.host)/out/app:1")
                await asked.pass()
                #expect(try await daemon.run("r1").steps.map(\.state) == ["succeeded", "running"])
                await daemon.kill()
                #expect(registry.manifest("out/app", "1") == nil)

                try await daemon.start()
                try await eventually("the push is done again") {
                    try await daemon.run("r1").steps.last?.state == "running"
                }
                #expect(registry.manifest("out/app", "1") == nil)
                #expect(try await daemon.run("r1").outputs == [])
                answered.open()
                let outcome = await build.outcome()
                #expect(outcome.status == 0, "\(outcome.errors)")
                try await Self.expectOneRun(of: daemon, attempt: 2)
                #expect(try await daemon.run("r1").outputs.map(\.reference) == ["\(registry.host)/out/app:1"])
                #expect(registry.manifest("out/app", "1") != nil)
            }
        }
    }

    @Test func `between claiming a run and starting its steps executes it once`() async throws {
        try await SlipwayDaemon.running { daemon in
            // The Git host takes the connection and says nothing: the run is claimed, and has no step yet.
            var silence: LoopbackSocket? = try LoopbackSocket(port: SlipwayDaemon.freePort())
            let port = try #require(silence?.port)
            try await daemon.createTask(SlipwayDaemon.buildTask(of: "git://127.0.0.1:\(port)/repository"))
            try await daemon.succeed("task", "run", "hello")
            try await eventually("the Git host is asked") { silence?.isAsked == true }
            let claimed = try await daemon.run("r1")
            #expect(claimed.run.state == "running" && claimed.run.attempt == 1 && claimed.steps == [])
            await daemon.kill()
            silence = nil

            let repository = try GitFixture(at: daemon.directory.path("served/repository"))
            try repository.commit("First", ["Dockerfile": "FROM scratch\nCOPY Dockerfile /\n"])
            let server = try GitServer(port: port, folder: daemon.directory.path("served"))
            defer { server.stop() }
            try await daemon.start()
            try await daemon.succeeded("r1")
            try await Self.expectOneRun(of: daemon)
            #expect(try await daemon.tags() == ["app:r1"])
        }
    }

    @Test(arguments: ["Cause:", "Step build", "] layer ", "Built ", "Step push", "Pushed ", "succeeded"])
    func `after a line of the log has one whole image in the end`(line: String) async throws {
        try await SlipwayDaemon.running { daemon in
            let context = try daemon.context("FROM scratch\nCOPY . /\n")
            try Data(randomBytes(3_000_000)).write(to: URL(filePath: "\(context)/random"))
            let build = try daemon.begin("build", context, "--tag", "app:1")
            try await eventually("the line is there") { build.output.contains(line) }
            // The run may have gone on since: what is true must be so wherever it stands.
            await daemon.kill()
            try await daemon.start()
            try await daemon.succeeded("r1")
            let outcome = await build.outcome()
            #expect(outcome.status == 0, "\(outcome.errors)")
            try await Self.expectOneRun(of: daemon)
            #expect(try await daemon.run("r1").outputs.map(\.reference) == ["\(daemon.registry)/app:1"])
            #expect(try await daemon.tags() == ["app:1"])
            #expect(try daemon.incoming == [])
            // skopeo checks every byte against its digest.
            let copy = try Shell.run(
                "skopeo copy --quiet --src-tls-verify=false docker://\(daemon.registry)/app:1 oci:layout:1",
                in: daemon.directory.path)
            #expect(copy.status == 0, "\(copy.output)")
        }
    }

    @Test func `executes what waited, in its order`() async throws {
        let (asked, answered) = (Gate(), Gate())
        try await FaultyRegistry.serving({ call in
            guard call.isManifest else { return nil }
            asked.open()
            await answered.pass()
            return nil
        }) { registry in
            try registry.addBase(layer: [UInt8](repeating: 0, count: 1024))
            var options = SlipwayDaemon.Options()
            options.concurrency = 1
            try await SlipwayDaemon.running(options) { daemon in
                let context = try daemon.context("FROM \(registry.host)/base:1\n")
                let first = try daemon.begin("build", context, "--tag", "app:1")
                await asked.pass()
                let second = try daemon.begin("build", context, "--tag", "app:2")
                try await eventually("a second run waits") { try await daemon.runs().count == 2 }
                await daemon.kill()
                answered.open()
                try await daemon.start()
                let outcomes = await (first.outcome(), second.outcome())
                #expect(outcomes.0.status == 0 && outcomes.1.status == 0, "\(outcomes)")
                #expect(
                    try await daemon.runs().map { "\($0.id) \($0.state) \($0.attempt)" } == [
                        "r1 succeeded 2", "r2 succeeded 1",
                    ])
                #expect(try await daemon.tags() == ["app:1", "app:2"])
            }
        }
    }

    /// One run and no other, which succeeded.
    private static func expectOneRun(of daemon: SlipwayDaemon, attempt: Int? = nil) async throws {
        let runs = try await daemon.runs()
        #expect(runs.map(\.id) == ["r1"] && runs.map(\.state) == ["succeeded"])
        if let attempt { #expect(runs.map(\.attempt) == [attempt]) }
    }

    /// A tar archive with a file of so many random bytes.
    static func archive(of size: Int) throws -> [UInt8] {
        let directory = try TemporaryDirectory.required
        try Data(randomBytes(size)).write(to: directory.url.appending(path: "random"))
        let outcome = try Shell.run("tar -cf random.tar random", in: directory.path)
        try #require(outcome.status == 0, "\(outcome.output)")
        return Array(try Data(contentsOf: directory.url.appending(path: "random.tar")))
    }
}
