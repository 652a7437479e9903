import ControlAPI
import Foundation
import TestSupport
import Testing

@Suite("A daemon that is stopped", .temporaryDirectory, .timeLimit(.minutes(5))) struct DrainTests {
    /// A build that waits for the manifest of its base, until the gate is opened.
    private func withHeldBuild(
        grace: String,
        _ body: @escaping @Sendable (SlipwayDaemon, RunningProgram, String, Gate) async throws -> Void
    ) async throws {
        let (asked, answered) = (Gate(), Gate())
        try await FaultyRegistry.serving({ call in
            guard call.isManifest else { return nil }
            asked.open()
            await answered.pass()
            return nil
        }) { registry in
            try registry.addBase(layer: [UInt8](repeating: 0, count: 1024))
            var options = SlipwayDaemon.Options()
            (options.grace, options.concurrency) = (grace, 1)
            try await SlipwayDaemon.running(options) { daemon in
                let context = try daemon.context("FROM \(registry.host)/base:1\n")
                let build = try daemon.begin("build", context, "--tag", "app:1")
                await asked.pass()
                try await body(daemon, build, context, answered)
            }
        }
    }

    @Test func `lets what runs finish, and starts nothing new`() async throws {
        try await withHeldBuild(grace: "60s") { daemon, build, context, answered in
            let waiting = try daemon.begin("build", context, "--tag", "app:2")
            try await eventually("a second run waits") { try await daemon.runs().count == 2 }
            try await daemon.askToStop()
            answered.open()
            #expect(await daemon.end() == 0)

            try await daemon.start()
            let outcomes = await (build.outcome(), waiting.outcome())
            #expect(outcomes.0.status == 0 && outcomes.1.status == 0, "\(outcomes)")
            // The first was executed once, by the old daemon; the second by the new one alone.
            #expect(
                try await daemon.runs().map { "\($0.id) \($0.state) \($0.attempt)" } == [
                    "r1 succeeded 1", "r2 succeeded 1",
                ])
            #expect(!daemon.log.contains("A run that was cut off"))
        }
    }

    @Test func `puts back what is not done in time, and runs it again`() async throws {
        try await withHeldBuild(grace: "300ms") { daemon, build, _, answered in
            try await daemon.askToStop()
            #expect(await daemon.end() == 0)
            answered.open()
            try await daemon.start()
            let outcome = await build.outcome()
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output.contains("The daemon stops; r1 will be run again"))
            #expect(
                try await daemon.runs().map { "\($0.id) \($0.state) \($0.attempt)" } == ["r1 succeeded 2"])
            #expect(try await daemon.tags() == ["app:1"])
        }
    }

    @Test func `ends at once when nothing runs`() async throws {
        try await SlipwayDaemon.running { daemon in
            let start = ContinuousClock.now
            try await daemon.askToStop()
            #expect(await daemon.end() == 0)
            // Far less than the grace period of 20 seconds.
            #expect(ContinuousClock.now - start < .seconds(10))
        }
    }

    @Test func `still cancels runs, as it does at other times`() async throws {
        try await withHeldBuild(grace: "60s") { daemon, build, context, _ in
            let waiting = try daemon.begin("build", context, "--tag", "app:2")
            try await eventually("a second run waits") { try await daemon.runs().count == 2 }
            try await daemon.succeed("run", "cancel", "r2")
            let second = await waiting.outcome()
            #expect(
                second.status == 1 && second.errors.contains("the run `r2` was canceled by tester"),
                "\(second.errors)")

            try await daemon.askToStop()
            try await daemon.succeed("run", "cancel", "r1")
            #expect(await daemon.end() == 0)
            try await daemon.start()
            let first = await build.outcome()
            #expect(
                first.status == 1 && first.errors.contains("the run `r1` was canceled by tester"),
                "\(first.errors)")
            #expect(try await daemon.runs().map(\.state) == ["canceled", "canceled"])
            #expect(try await daemon.run("r1").steps.map(\.state) == ["canceled", "skipped"])
            #expect(try await daemon.tags() == [])
            let again = try await daemon.slipway("run", "cancel", "r1")
            #expect(again.status == 5 && again.errors == "error: the run r1 is canceled already\n")
        }
    }
}
