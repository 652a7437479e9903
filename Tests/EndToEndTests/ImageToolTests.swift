import Foundation
import TestSupport
import Testing

@Suite("An image without a daemon", .temporaryDirectory) struct ImageToolTests {
    /// A foreign registry with a base in two versions and an image on the first.
    private struct Bench {
        let directory: TemporaryDirectory
        let registry: String

        init(_ registry: ForeignRegistry) async throws {
            directory = try TemporaryDirectory.required
            self.registry = registry.host
            for (number, text) in ["one", "two"].enumerated() {
                try directory.write(text, to: "base\(number)/etc/version")
                try await succeed(
                    "append", directory.path("base\(number)"), "--tag", "\(registry.host)/base:\(number)")
            }
            try directory.write("app", to: "app/bin/app")
            try await succeed(
                "append", directory.path("app"), "--base", "\(registry.host)/base:0", "--tag",
                "\(registry.host)/app:0")
        }

        func run(_ words: [String]) async throws -> RunningProgram.Outcome {
            try await RunningProgram(
                SlipwayDaemon.programPath(), ["image"] + words + ["--store", directory.path("store")],
                log: directory.path("log-\(UUID().uuidString)"), environment: ["HOME": directory.path]
            ).outcome()
        }

        @discardableResult
        func succeed(_ words: String...) async throws -> String {
            let outcome = try await run(words)
            try #require(outcome.status == 0, "\(words): \(outcome.errors)")
            return outcome.output
        }

        /// What skopeo says of an image.
        func inspect(_ image: String, _ query: String) throws -> String {
            try Shell.run(
                "skopeo inspect --config --tls-verify=false docker://\(registry)/\(image) | jq -c '\(query)'",
                in: directory.path
            ).output
        }
    }

    @Test func `stands on another base, and keeps its own layers and words`() async throws {
        try await ForeignRegistry.running(in: TemporaryDirectory.required) { registry in
            let bench = try await Bench(registry)
            let host = registry.host
            try await bench.succeed(
                "mutate", "\(host)/app:0", "--env", "A=1", "--label", "l=2", "--cmd", "/bin/app,x", "--tag",
                "\(host)/app:1")
            #expect(
                try bench.inspect("app:1", "[.config.Env, .config.Labels.l, .config.Cmd]")
                    == "[[\"A=1\"],\"2\",[\"/bin/app\",\"x\"]]\n")
            try await bench.succeed(
                "rebase", "\(host)/app:1", "--old-base", "\(host)/base:0", "--new-base", "\(host)/base:1",
                "--tag",
                "\(host)/app:2")
            let layers = { (image: String, part: String) in
                try bench.inspect(image, ".rootfs.diff_ids\(part)")
            }
            #expect(try layers("app:2", "[0]") == layers("base:1", "[0]"))
            #expect(try layers("app:2", "[1]") == layers("app:1", "[1]"))
            #expect(try bench.inspect("app:2", "[(.history | length), .config.Cmd[1]]") == "[2,\"x\"]\n")
            let difference = try await bench.run(["diff", "\(host)/app:1", "\(host)/app:2"])
            #expect(difference.status == 1 && difference.output == "~ /etc/version (content)\n")
            let same = try await bench.run(["diff", "\(host)/app:1", "\(host)/app:1", "--output", "json"])
            #expect(same.status == 0)
        }
    }

    @Test func `goes to files, archives and layouts`() async throws {
        try await ForeignRegistry.running(in: TemporaryDirectory.required) { registry in
            let bench = try await Bench(registry)
            let image = "\(registry.host)/app:0"
            let folder = bench.directory.path("files")
            try await bench.succeed("export", image, "--output", folder)
            #expect(try String(contentsOfFile: folder + "/bin/app", encoding: .utf8) == "app")
            try await bench.succeed(
                "export", image, "--output", "type=docker,dest=\(bench.directory.path("d.tar"))")
            try await bench.succeed("diff", image, "docker-archive:\(bench.directory.path("d.tar"))")
            try await bench.succeed(
                "export", image, "--output", "type=oci,dest=\(bench.directory.path("oci"))")
            try await bench.succeed("diff", image, "oci:\(bench.directory.path("oci"))")
            try await bench.succeed(
                "export", image, "--output", "type=tar,dest=\(bench.directory.path("t.tar"))")
            let names = try Shell.run("tar tf t.tar | tr '\\n' ' '", in: bench.directory.path).output
            #expect(names == "bin/ bin/app etc/ etc/version ")
        }
    }

    @Test func `is refused what makes no sense`() async throws {
        try await ForeignRegistry.running(in: TemporaryDirectory.required) { registry in
            let bench = try await Bench(registry)
            let host = registry.host
            for (words, status, message) in [
                (
                    [
                        "rebase", "\(host)/app:0", "--old-base", "\(host)/base:1", "--new-base",
                        "\(host)/base:0", "--tag", "\(host)/x:1",
                    ],
                    1, "the image does not stand on the old base: 0 of the base's 1 layers"
                ),
                (["append", "/no/such", "--tag", "\(host)/x:1"], 4, "there is no `/no/such`"),
                (["append", bench.directory.path("app/bin/app"), "--tag", "\(host)/x:1"], 1, "archive"),
                (
                    ["mutate", "\(host)/app:0", "--env", "A", "--tag", "\(host)/x:1"], 2,
                    "`A` should be `NAME=VALUE`"
                ),
                (["mutate", "\(host)/app:0"], 2, "name where the image goes"),
                (["diff", "\(host)/app:0", "oci:/no/such"], 1, "/no/such"),
                (["export", "\(host)/nothing:1"], 4, "404"),
            ] as [([String], Int32, String)] {
                let outcome = try await bench.run(words)
                #expect(outcome.status == status, "\(words): \(outcome.errors)")
                #expect(outcome.errors.contains(message), "\(words): \(outcome.errors)")
            }
        }
    }
}
