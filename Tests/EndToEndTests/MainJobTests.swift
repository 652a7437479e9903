import ControlAPI
import Foundation
import TestSupport
import Testing

@Suite("A daemon", .temporaryDirectory, .timeLimit(.minutes(5))) struct MainJobTests {
    @Test func `builds each commit, and rebuilds it when its base image moves`() async throws {
        try await SlipwayDaemon.running { daemon in
            let repository = try GitFixture(at: daemon.directory.path("repository"))
            let first = try repository.commit(message: "one")
            let oldBase = try await daemon.importBase(version: 1)
            try await daemon.createTask(repository.task())

            let r1 = try await daemon.succeeded("r1")
            #expect(r1.run.commit == first && r1.run.branch == "main" && r1.run.triggers == ["head"])
            #expect(r1.steps.map(\.kind) == ["build", "push"])
            #expect(r1.steps.allSatisfy { $0.state == "succeeded" })
            #expect(
                r1.outputs.map(\.reference) == [
                    "\(daemon.registry)/hello:latest", "\(daemon.registry)/hello:r1",
                ])
            #expect(try await daemon.image("hello:latest").digest == daemon.image("hello:r1").digest)

            let second = try repository.commit(message: "two")
            let r2 = try await daemon.succeeded("r2")
            #expect(r2.run.commit == second && r2.run.state == "succeeded")
            #expect(r2.causes.map(\.summary).first?.contains("\"Say two\" by Ann Author on `main`") == true)

            let newBase = try await daemon.importBase(version: 2)
            let r3 = try await daemon.succeeded("r3")
            #expect(
                r3.run.triggers == ["baseImage"] && r3.run.commit == second)
            #expect(r3.bases.map(\.digest) == [newBase.digest])
            let why = try await daemon.succeed("why", "r3")
            #expect(
                why.contains(
                    "base image \(oldBase.reference) moved from digest \(oldBase.digest) to digest \(newBase.digest), "
                        + "found in `FROM` of Dockerfile line 3"), "\(why)")
            #expect(try await daemon.succeed("why", "hello:latest").contains("r3, task hello (version 1)"))

            // Nothing else followed from any of it.
            #expect(try await daemon.runs().map(\.state) == ["succeeded", "succeeded", "succeeded"])
            let layers = try await (daemon.image("hello:r2").layers, daemon.image("hello:r3").layers)
            #expect(layers.0.count == 2 && layers.1.count == 2)
            #expect(layers.0[0].digest != layers.1[0].digest, "the base is the old one")
        }
    }

    @Test func `notices a base image that skopeo pushes`() async throws {
        try await SlipwayDaemon.running { daemon in
            let repository = try GitFixture(at: daemon.directory.path("repository"))
            try repository.commit(message: "one")
            try await daemon.importBase(version: 1)
            try await daemon.createTask(repository.task())
            try await daemon.succeeded("r1")

            let next = try await daemon.importBase(version: 2, as: "base/busybox:next")
            try shell(
                """
                skopeo copy --quiet --preserve-digests --src-tls-verify=false --dest-tls-verify=false \
                    docker://\(next.reference) docker://\(daemon.registry)/base/busybox:1
                """, daemon)
            let r2 = try await daemon.succeeded("r2")
            #expect(r2.run.triggers == ["baseImage"])
            #expect(r2.bases.map(\.digest) == [next.digest])
        }
    }

    @Test(.enabled(if: isRoot, "runc and umoci want to be root"))
    func `makes images that other programs pull, unpack and run`() async throws {
        try await SlipwayDaemon.running { daemon in
            let repository = try GitFixture(at: daemon.directory.path("repository"))
            try repository.commit(message: "Hello from the commit.")
            try await daemon.importBase(version: 7)
            try await daemon.createTask(repository.task())
            try await daemon.succeeded("r1")

            try shell(
                """
                skopeo copy --quiet --src-tls-verify=false docker://\(daemon.registry)/hello:latest oci:layout:latest
                umoci unpack --image layout:latest bundle
                jq '.process.terminal = false' bundle/config.json > config.json && cp config.json bundle/
                """, daemon)
            let name = "slipway-test-\(UUID().uuidString.prefix(8))"
            let run = try Shell.run(
                "runc run --bundle bundle \(name) </dev/null", in: daemon.directory.path)
            #expect(run.output == "Hello from the commit.\nversion 7\n")
            #expect(run.status == 0)
        }
    }

    @Test func `shows a log while it grows, and its end as the exit status`() async throws {
        let (asked, answered) = (Gate(), Gate())
        try await FaultyRegistry.serving({ call in
            guard call.isManifest else { return nil }
            asked.open()
            await answered.pass()
            return nil
        }) { registry in
            try registry.addBase(layer: [UInt8](repeating: 0, count: 1024))
            try await SlipwayDaemon.running { daemon in
                let context = try daemon.context("FROM \(registry.host)/base:1\nCOPY file.txt /\n")
                let build = try daemon.begin("build", context, "--tag", "app:1")
                await asked.pass()
                let follower = try daemon.begin("logs", "--follow", "r1")
                try await eventually("the follower has the first lines") {
                    follower.output.contains("Resolving \(registry.host)/base:1")
                }
                #expect(follower.isRunning && build.isRunning)
                #expect(try await daemon.run("r1").run.state == "running")
                answered.open()
                let (log, built) = await (follower.outcome(), build.outcome())
                #expect(log.status == 0 && built.status == 0, "\(built.errors)")
                #expect(log.output == built.output && log.output.hasSuffix("Run r1 succeeded\n"))
                #expect(try await daemon.succeed("logs", "r1") == log.output)
                #expect(try await daemon.succeed("run", "list").contains("succeeded"))
            }
        }
    }

    /// Runs a script in the test's directory; it is to succeed.
    private func shell(_ script: String, _ daemon: SlipwayDaemon) throws {
        let outcome = try Shell.run("set -e\n\(script)", in: daemon.directory.path)
        try #require(outcome.status == 0, "\(outcome.output)")
    }
}
