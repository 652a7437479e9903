import Foundation
import TestSupport
import Testing

@Suite("What a build is asked for", .temporaryDirectory) struct BuildOptionTests {
    private struct Place {
        let directory: TemporaryDirectory
        var context: String { directory.path("context") }

        init() throws {
            directory = try TemporaryDirectory.required
            try directory.write("1\n", to: "context/a")
            try directory.write("FROM scratch\nCOPY a /\n", to: "context/Dockerfile")
        }

        /// - Parameter words: `@` in them stands for the place's directory.
        func build(
            _ words: [String], environment: [String: String] = [:]
        ) async throws -> RunningProgram.Outcome {
            let all = ["build", "--local", "--store", "@/store"] + words + [context]
            return try await RunningProgram(
                SlipwayDaemon.programPath(),
                all.map { $0.replacingOccurrences(of: "@", with: directory.path) },
                log: directory.path("log-\(UUID().uuidString)"),
                environment: environment.merging(["HOME": directory.path]) { $1 }
            ).outcome()
        }

        func shell(_ script: String) throws -> String { try Shell.run(script, in: directory.path).output }
    }

    @Test(
        arguments: [
            (["--timeout", "nan"], 2, "`--timeout nan`: expected a number of seconds"),
            (["--timeout", "1e30"], 2, "`--timeout 1e+30`: expected a number of seconds"),
            (["--timeout=-1"], 2, "`--timeout -1.0`: expected"),
            (["--cpus", "nan"], 2, "`--cpus nan`: expected"),
            (["--cpu-shares=-1"], 2, "`--cpu-shares -1`: expected"),
            (["--pids-limit=-5"], 2, "`--pids-limit -5`: expected"),
            (["--platform", "nonsense"], 2, "`nonsense` is no platform"),
            (["-t", "A:B:c"], 2, "`--tag A:B:c`: `library/A:B` is not a repository name"),
            (["--iidfile", "@/none/id"], 2, "`--iidfile @/none/id`: there is no directory `@/none`"),
            (["--plain-http", "a b"], 2, "`--plain-http a b`: "),
            (["--secret", "id=s,src=@/none"], 1, "could not read `@/none` for the secret `s`: No such file"),
            (["--secret", "src=@/none,idd=s"], 2, "it has no option `idd`"),
            (["--ssh", "x=@/none"], 1, "could not use `@/none` for `--ssh x=@/none`: No such file"),
            (["--annotation", "a"], 2, "`--annotation a`: expected `KEY=VALUE`"),
            (["--annotation", "a=b"], 2, "the annotation `a=b` has nowhere to go"),
            (["--push"], 2, "the image has no name to push it to"),
            (
                ["--platform", "linux/amd64,linux/arm64", "-o", "type=tar,dest=@/t"], 2,
                "an archive takes the files of one platform"
            ),
        ] as [([String], Int32, String)])
    func `is checked before anything is built`(words: [String], status: Int32, reason: String) async throws {
        let place = try Place()
        let outcome = try await place.build(words)
        #expect(outcome.status == status)
        let expected = reason.replacingOccurrences(of: "@", with: place.directory.path)
        #expect(outcome.errors.hasPrefix("error: ") && outcome.errors.contains(expected), "\(outcome.errors)")
        #expect(!FileManager.default.fileExists(atPath: place.directory.path("store/blobs/sha256")))
    }

    @Test func `a time that is none is refused`() async throws {
        let outcome = try await Place().build([], environment: ["SOURCE_DATE_EPOCH": "yesterday"])
        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("error: `SOURCE_DATE_EPOCH` is `yesterday`: expected seconds"))
    }

    @Test func `each output is compressed and annotated as it says`() async throws {
        let place = try Place()
        let outcome = try await place.build([
            "-q", "-o", "type=oci,dest=@/plain", "-o",
            "type=oci,dest=@/zstd,compression=zstd,annotation.own=1", "--annotation", "all=2",
            "--metadata-file", "@/m.json",
        ])
        try #require(outcome.status == 0, "\(outcome.errors)")
        let look = """
            for d in plain zstd; do
              m=$(jq -r '.manifests[0].digest' $d/index.json | tr : /)
              jq -c '[.layers[0].mediaType, .annotations]' $d/blobs/$m
            done
            """
        #expect(
            try place.shell(look) == """
                ["application/vnd.oci.image.layer.v1.tar+gzip",{"all":"2"}]
                ["application/vnd.oci.image.layer.v1.tar+zstd",{"all":"2","own":"1"}]

                """)
        // What programs are told is what the first output got.
        let told = try place.shell(
            "jq -r '.manifests[0].digest' plain/index.json; jq -r '.\"containerimage.digest\"' m.json")
        #expect(told == outcome.output + outcome.output)
        let config =
            "jq -r '.\"containerimage.config.digest\"' m.json | tr : / | xargs -I D test -e plain/blobs/D"
        #expect(try Shell.run(config, in: place.directory.path).status == 0)
    }

    @Test func `several platforms go to directories of their own, and through no link`() async throws {
        let place = try Place()
        #expect(try place.shell("mkdir out other && ln -s ../other out/linux_amd64") == "")
        let outcome = try await place.build(["--platform", "linux/amd64,linux/arm64", "-o", "@/out"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(
            try place.shell("cd out; find . -type f | sort; ls ../other")
                == "./linux_amd64/a\n./linux_arm64/a\n")
    }

    @Test func `an archive goes to a device, too`() async throws {
        let outcome = try await Place().build(["-o", "type=tar,dest=/dev/null"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try Shell.run("test -c /dev/null", in: "/").status == 0)
    }

    @Test func `an SSH key serves RUN through an agent that is gone afterwards`() async throws {
        let place = try Place()
        let made = """
            set -e; mkdir -p base/bin; cp "$(command -v busybox)" base/bin/; ln -s busybox base/bin/sh
            ssh-keygen -q -t ed25519 -N '' -f key; ssh-keygen -q -t ed25519 -N secret -f locked; chmod 644 key
            """
        try #require(try Shell.run(made, in: place.directory.path).status == 0)
        let dockerfile = """
            FROM scratch
            COPY --from=base / /
            RUN --mount=type=ssh,id=k [ -S "$SSH_AUTH_SOCK" ] && printf '\\\\000\\\\000\\\\000\\\\001\\\\013' | \
            /bin/busybox nc -w 2 local:"$SSH_AUTH_SOCK" | /bin/busybox od -An -tx1 -N 9 > /answer

            """
        try place.directory.write(dockerfile, to: "context/Dockerfile")
        let context = ["--build-context", "base=@/base", "--network", "none"]
        let outcome = try await place.build(context + ["--ssh", "k=@/key", "-o", "@/out"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let locked = try await place.build(context + ["--ssh", "k=@/locked"])
        #expect(
            locked.status == 1 && locked.errors.contains("is no SSH key that can be used"), "\(locked.errors)"
        )
        #expect(locked.errors.contains("hint: a key with a passphrase belongs in an agent"))
    }

    @Test func `what the world refuses is told with its place, and ends with 3`() async throws {
        let place = try Place()
        try place.directory.write("FROM 127.0.0.1:1/none\n", to: "context/Dockerfile")
        let outcome = try await place.build([])
        #expect(outcome.status == 3)
        #expect(
            outcome.errors.contains("error: Dockerfile:1:6: could not fetch the manifest of"),
            "\(outcome.errors)")
        #expect(outcome.errors.contains("1 | >>> FROM 127.0.0.1:1/none"))
    }
}
