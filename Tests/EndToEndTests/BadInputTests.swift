import ControlAPI
import Foundation
import TestSupport
import Testing

@Suite("Bad input", .temporaryDirectory, .timeLimit(.minutes(5))) struct BadInputTests {
    @Test func `to a build is told with its place, and leaves no image`() async throws {
        let cases: [(dockerfile: String, arguments: [String], expected: String)] = [
            (
                "FROM scratch\nCOPPY a /\n", [],
                "Dockerfile:2:1: unknown instruction `COPPY` (did you mean `COPY`?)"
            ),
            ("COPY file.txt /\n", [], "Dockerfile:1:1: `COPY` stands before the first `FROM`"),
            ("# nothing\n", [], "Dockerfile:1:1: the file has no instructions (start it with `FROM IMAGE`)"),
            ("FROM scratch\nCOPY --from=3 a /\n", [], "Dockerfile:2:6: there is no stage 3"),
            ("FROM scratch\nCOPY file.txt /\n", ["--target", "tset"], "no stage is named `tset`"),
            ("FROM scratch\nCOPY missing /\n", [], "Dockerfile:2:6: `missing` is not there"),
            (
                "FROM scratch\nCOPY ../file.txt /\n", [],
                "Dockerfile:2:6: `../file.txt` leads out of the build context"
            ),
            ("FROM scratch\nCOPY outside /\n", [], "Dockerfile:2:6: `outside` is not there"),
            ("FROM scratch\nRUN true\n", [], "Dockerfile:2:1: there is no program `/bin/sh`"),
            ("FROM REGISTRY/nope:1\n", [], "Dockerfile:1:6: there is no image `"),
        ]
        try await SlipwayDaemon.running { daemon in
            try daemon.directory.write("secret", to: "etc/passwd")
            for (index, (dockerfile, arguments, expected)) in cases.enumerated() {
                let context = try daemon.context(
                    dockerfile.replacing("REGISTRY", with: daemon.registry), name: "context-\(index)")
                // A link that leaves the context is followed inside it, where there is nothing.
                try FileManager.default.createSymbolicLink(
                    atPath: "\(context)/outside", withDestinationPath: "../etc/passwd")
                let outcome = try await daemon.begin(["build", context, "--tag", "bad:1"] + arguments)
                    .outcome()
                #expect(outcome.status == 1, "\(dockerfile)")
                #expect(
                    outcome.errors.contains("failed: ") && outcome.errors.contains(expected),
                    "\(outcome.errors)")
                #expect(
                    outcome.output.contains("error: ")
                        && outcome.output.hasSuffix("Run r\(index + 1) failed\n"))
            }
            #expect(try await daemon.tags() == [])
            #expect(try await daemon.runs().allSatisfy { $0.state == "failed" && $0.attempt == 1 })
            #expect(try daemon.incoming == [])
        }
    }

    @Test func `on the command line ends with a sentence and a status of its own`() async throws {
        let cases: [(arguments: [String], status: Int32, expected: String)] = [
            (
                ["run", "show", "r99"], 4,
                "error: no run `r99`\nhint: list the runs with `slipway run list`\n"
            ),
            (
                ["run", "show", "ninety"], 5,
                "error: `ninety` is not the name of a run: expected one such as `r1`\n"
            ),
            (["run", "cancel", "r99"], 4, "error: no run `r99`\n"),
            (
                ["run", "list", "--state", "done"], 5,
                "error: `done` is no state of a run: expected one of queued"
            ),
            (["run", "list", "--limit", "0"], 2, "error: `--limit 0` should be at least 1\n"),
            (["logs", "r99"], 4, "error: no run `r99`\n"),
            (["logs", "-f", "r99"], 4, "error: no run `r99`\n"),
            (["task", "show", "nope"], 4, "error: no task named `nope`\n"),
            (["task", "run", "nope"], 4, "error: no task named `nope`\n"),
            (["task", "delete", "nope"], 4, "error: no task named `nope`\n"),
            (["task", "create", "-f", "nope.yaml"], 4, "error: could not open `"),
            (["image", "show", "nope:1"], 4, "nope"),
            (["image", "show", "UPPER:1"], 5, "error: "),
            (["why", "nope:1"], 4, "error: no run of this daemon published `nope:1`\n"),
            (["build", "nowhere"], 1, "error: could not build `nowhere`: No such file or directory\n"),
            (["image", "import", "nope.tar", "--tag", "a:1"], 4, "error: could not open `"),
        ]
        try await SlipwayDaemon.running { daemon in
            for (arguments, status, expected) in cases {
                let outcome = try await daemon.begin(arguments).outcome()
                #expect(outcome.status == status, "\(arguments): \(outcome.errors)")
                #expect(outcome.errors.contains(expected), "\(arguments): \(outcome.errors)")
                #expect(outcome.errors.hasPrefix("error: ") && outcome.output.isEmpty)
            }
            #expect(try await daemon.runs() == [])
        }
    }

    @Test func `to an import makes no image`() async throws {
        try await SlipwayDaemon.running { daemon in
            let file = try daemon.directory.write("this is no archive", to: "no.tar")
            let outcome = try await daemon.slipway("image", "import", file, "--tag", "a:1")
            #expect(
                outcome.status == 5 && outcome.errors.hasPrefix("error: could not read an archive"),
                "\(outcome.errors)")
            #expect(try await daemon.tags() == [])
            #expect(try daemon.incoming == [])
        }
    }

    @Test func `of a second daemon on one data directory is refused`() async throws {
        try await SlipwayDaemon.running { daemon in
            let second = try await daemon.slipway(
                "serve", "--data", daemon.data, "--registry-address", "127.0.0.1:0")
            #expect(second.status == 1)
            #expect(
                second.errors == "error: another slipway daemon uses the data directory `\(daemon.data)`\n")
            #expect(try await daemon.runs() == [], "the first one goes on")
        }
    }

    @Test func `of a port that somebody has is refused`() async throws {
        try await SlipwayDaemon.running { daemon in
            let second = try await daemon.slipway(
                "serve", "--data", daemon.directory.path("other"), "--registry-address", daemon.registry)
            #expect(second.status == 1)
            #expect(
                second.errors == "error: could not listen at \(daemon.registry): Address already in use\n")
        }
    }
}
