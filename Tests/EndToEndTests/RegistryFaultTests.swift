import ControlAPI
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite("A foreign registry", .temporaryDirectory, .timeLimit(.minutes(5))) struct RegistryFaultTests {
    private static let layer = [UInt8](repeating: 0, count: 1024)

    @Test(arguments: [
        (FaultyRegistry.Fault.status(401), "wants credentials"),
        (.status(403), "denied it without credentials"),
        (.status(404), "Dockerfile:1:6: there is no image `"),
        (.corrupted, "digest"),
    ])
    func `whose answer is final fails the run at once`(fault: FaultyRegistry.Fault, expected: String)
        async throws
    {
        let isCorrupted = if case .corrupted = fault { true } else { false }
        try await FaultyRegistry.serving({ $0.isManifest != isCorrupted ? fault : nil }) { registry in
            try registry.addBase(layer: Self.layer)
            try await SlipwayDaemon.running { daemon in
                let context = try daemon.context("FROM \(registry.host)/base:1\n")
                let outcome = try await daemon.slipway("build", context, "--tag", "app:1")
                #expect(outcome.status == 1)
                #expect(
                    outcome.errors.contains(expected) && outcome.errors.contains(registry.host),
                    "\(outcome.errors)")
                let run = try await daemon.run("r1")
                #expect(run.run.state == "failed" && run.run.attempt == 1)
                #expect(run.steps.map(\.state) == ["failed", "skipped"])
                #expect(try await daemon.tags() == [])
                #expect(try daemon.incoming == [])
            }
        }
    }

    @Test func `that has had too many requests is asked again when it said`() async throws {
        let refusals = Mutex<[ContinuousClock.Instant]>([])
        try await FaultyRegistry.serving({ call in
            guard call.isManifest else { return nil }
            let isFirst = refusals.withLock { times in
                times.append(.now)
                return times.count == 1
            }
            return isFirst ? .status(429, ["Retry-After": "2"]) : nil
        }) { registry in
            try registry.addBase(layer: Self.layer)
            try await SlipwayDaemon.running { daemon in
                let context = try daemon.context("FROM \(registry.host)/base:1\n")
                try await daemon.succeed("build", context, "--tag", "app:1")
                #expect(try await daemon.run("r1").run.attempt == 1)
                let times = refusals.withLock { $0 }
                try #require(times.count > 1)
                #expect(times[1] - times[0] >= .seconds(2))
            }
        }
    }

    @Test func `that fails is told, and the run is tried again later`() async throws {
        let isFailing = Mutex(true)
        try await FaultyRegistry.serving({ call in
            call.isManifest && isFailing.withLock { $0 } ? .status(500) : nil
        }) { registry in
            try registry.addBase(layer: Self.layer)
            try await SlipwayDaemon.running { daemon in
                try await daemon.createBuildTask("FROM \(registry.host)/base:1\n")
                let follower = try daemon.begin("task", "run", "hello", "--follow")
                try await eventually("the run is put off") {
                    follower.output.contains("r1 will be tried again at ")
                }
                #expect(follower.output.contains("`\(registry.host)` answered 500 Internal Server Error"))
                #expect(try await daemon.run("r1").run.state == "queued")
                #expect(try await daemon.tags() == [])
                isFailing.withLock { $0 = false }
                let outcome = await follower.outcome()
                #expect(outcome.status == 0, "\(outcome.errors)")
                #expect(try await daemon.run("r1").run.attempt == 2)
                #expect(try await daemon.tags() == ["app:r1"])
            }
        }
    }

    @Test func `that refuses the connection is told, and a run that waits for it can be canceled`()
        async throws
    {
        try await SlipwayDaemon.running { daemon in
            let host = "127.0.0.1:\(try SlipwayDaemon.freePort())"
            let expected = "no connection to `\(host)`: Connection refused"
            try await daemon.createBuildTask("FROM \(host)/base:1\n")
            let follower = try daemon.begin("task", "run", "hello", "--follow")
            try await eventually("the run is put off") {
                follower.output.contains("r1 will be tried again at ")
            }
            #expect(follower.output.contains(expected))
            try await daemon.succeed("run", "cancel", "r1")
            let canceled = await follower.outcome()
            #expect(canceled.status == 1 && canceled.errors.contains("was canceled"), "\(canceled.errors)")

            // A person who waits for a build is told at once.
            let build = try await daemon.slipway("build", daemon.context("FROM \(host)/base:1\n"))
            #expect(build.status == 3 && build.errors.contains(expected), "\(build.errors)")
            #expect(try await daemon.run("r2").run.state == "errored")
            #expect(build.output.hasSuffix("Run r2 errored\n"))
        }
    }

    @Test func `that cannot be pushed to fails the run, and nothing is said to be published`() async throws {
        try await FaultyRegistry.serving({ $0.isUpload ? .status(401) : nil }) { registry in
            try await SlipwayDaemon.running { daemon in
                let context = try daemon.context("FROM scratch\nCOPY file.txt /\n")
                let outcome = try await daemon.slipway(
                    "build", context, "--tag", "\(registry.host)/out/app:1")
                #expect(
                    outcome.status == 1 && outcome.errors.contains("wants credentials"), "\(outcome.errors)")
                let run = try await daemon.run("r1")
                #expect(run.steps.map(\.state) == ["succeeded", "failed"] && run.outputs == [])
                #expect(registry.manifest("out/app", "1") == nil)
            }
        }
    }

    @Test func `whose image is pushed to holds it whole`() async throws {
        try await FaultyRegistry.serving { registry in
            try await SlipwayDaemon.running { daemon in
                let context = try daemon.context("FROM scratch\nCOPY file.txt /\n")
                let outcome = try await daemon.slipway(
                    "build", context, "--tag", "\(registry.host)/out/app:1")
                #expect(outcome.status == 0, "\(outcome.errors)")
                let run = try await daemon.run("r1")
                #expect(run.outputs.map(\.reference) == ["\(registry.host)/out/app:1"])
                #expect(registry.manifest("out/app", "1") != nil)
            }
        }
    }

    @Test func `that moves a base image's tag is noticed`() async throws {
        try await FaultyRegistry.serving { registry in
            try registry.addBase(layer: Self.layer)
            try await SlipwayDaemon.running { daemon in
                try await daemon.createBuildTask("FROM \(registry.host)/base:1\n")
                try await daemon.succeed("task", "run", "hello")
                let first = try await daemon.succeeded("r1")
                try registry.addBase(layer: Self.layer + Self.layer)
                let second = try await daemon.succeeded("r2")
                #expect(second.run.triggers == ["baseImage"])
                #expect(second.bases.first?.digest != first.bases.first?.digest)
                let why = try await daemon.succeed("why", "r2")
                #expect(why.contains("found in `FROM` of Dockerfile line 1"), "\(why)")
            }
        }
    }
}
