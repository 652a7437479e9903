import Foundation
import Glibc
import TestSupport
import Testing

@Suite("A build without a daemon", .temporaryDirectory) struct LocalBuildTests {
    /// A place with a context, a store, and a base image as an OCI layout that holds the host's busybox.
    private struct Place {
        let directory: TemporaryDirectory
        var context: String { directory.path("context") }
        var store: String { directory.path("store") }

        init() throws {
            directory = try TemporaryDirectory.required
            try directory.write("1\n", to: "context/a")
        }

        func write(_ dockerfile: String) throws { try directory.write(dockerfile, to: "context/Dockerfile") }

        /// Makes the base image with the program itself; returns what names it as a context.
        func base() async throws -> [String] {
            try directory.write("FROM scratch\nENV PATH=/bin\nCOPY root /\n", to: "base/Dockerfile")
            let outcome = try Shell.run(
                """
                set -e; mkdir -p root/bin root/proc root/dev root/sys root/etc root/tmp
                cp "$(command -v busybox)" root/bin
                for name in sh echo sleep cat touch; do ln -s busybox root/bin/$name; done
                """, in: directory.path("base"))
            try #require(outcome.status == 0, "\(outcome.output)")
            let layout = directory.path("layout")
            let built = try await build(["--output", "type=oci,dest=\(layout)", directory.path("base")])
            try #require(built.status == 0, "\(built.errors)")
            return ["--build-context", "base=oci-layout://\(layout)"]
        }

        func begin(_ arguments: [String], store: String? = nil) throws -> RunningProgram {
            try RunningProgram(
                SlipwayDaemon.programPath(),
                ["build", "--local", "--store", store ?? self.store] + arguments,
                log: directory.path("log-\(UUID().uuidString)"), environment: ["HOME": directory.path])
        }

        func build(_ arguments: [String], store: String? = nil) async throws -> RunningProgram.Outcome {
            try await begin(arguments, store: store).outcome()
        }

        /// Directories, processes and mounts that containers left.
        var leftovers: String {
            get throws {
                try Shell.run(
                    "ls store/containers; ls -A store/cache/snapshots/incoming 2> /dev/null; pgrep -f \"$PWD\" -a; "
                        + "grep \"$PWD\" /proc/self/mountinfo || true", in: directory.path
                ).output
            }
        }
    }

    @Test func `gives an image that others read`() async throws {
        let place = try Place()
        try place.write("FROM scratch\nCOPY a /dir/\nENV A=1\nENTRYPOINT [\"/x\"]\n")
        let layout = place.directory.path("out")
        let outcome = try await place.build([
            "--output", "type=oci,dest=\(layout)", "-t", "app:1", place.context,
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output == "")
        let config = try Shell.run(
            "skopeo inspect --config oci:\(layout) | jq -c '[.config.Env[1], .config.Entrypoint]'",
            in: place.directory.path)
        #expect(config.output == "[\"A=1\",[\"/x\"]]\n")
    }

    @Test func `runs commands, prints the digest, and gives the same again`() async throws {
        let place = try Place()
        let base = try await place.base()
        try place.write("FROM base\nRUN echo hello | cat > /hello\nCOPY a /\n")
        let file = place.directory.path("id")
        let first = try await place.build(base + ["-q", "--iidfile", file, place.context])
        #expect(first.status == 0, "\(first.errors)")
        #expect(first.output.hasPrefix("sha256:") && first.errors == "")
        #expect(try String(contentsOfFile: file, encoding: .utf8) + "\n" == first.output)
        let again = try await place.build(base + ["--verify", place.context])
        #expect(again.status == 0, "\(again.errors)")
        #expect(again.errors.contains("verified: both builds gave \(first.output)"))
        #expect(again.errors.contains("CACHED"))
        let folder = place.directory.path("files")
        #expect(try await place.build(base + ["-o", folder, place.context]).status == 0)
        #expect(try String(contentsOfFile: folder + "/hello", encoding: .utf8) == "hello\n")
        #expect(try place.leftovers == "")
    }

    @Test func `is the same whatever the umask, the locale and the time zone`() async throws {
        let place = try Place()
        let base = try await place.base()
        try place.write("FROM base\nWORKDIR /w\nCOPY a /x/\nRUN echo 1 > /w/f && touch /tmp/g\n")
        let first = try await place.build(base + ["-q", place.context])
        #expect(first.status == 0, "\(first.errors)")
        let words =
            ["build", "--local", "--store", place.directory.path("other"), "-q"] + base + [place.context]
        let second = try await RunningProgram(
            "/bin/sh", ["-c", "umask 077; exec \"$0\" \"$@\"", SlipwayDaemon.programPath()] + words,
            log: place.directory.path("log-umask"),
            environment: ["HOME": place.directory.path, "LC_ALL": "tr_TR.UTF-8", "TZ": "Asia/Kathmandu"]
        ).outcome()
        #expect(second.output == first.output, "\(second.errors)")
    }

    @Test(
        arguments: [
            ("FROM scratch\nCOPY missing /\n", [], 1, "error: Dockerfile:2:6: `missing` is not there"),
            (
                "FROM base\nRUN echo said; exit 7\n", [], 1,
                "error: Dockerfile:2:1: the command failed with exit code 7"
            ),
            ("FROM scratch\nCOPY a /\n", ["--output", "type=none"], 2, "`none` is no type"),
            (
                "FROM scratch\nCOPY a /\n", ["--secret", "nonsense"], 2,
                "the secret `nonsense` makes no sense"
            ),
            ("FROM scratch\nCOPY a /\n", ["--ulimit", "x=1"], 2, "`--ulimit x=1`"),
            ("FROM scratch\nCOPY a /\n", ["--file", "/no/such"], 1, "there is no Dockerfile"),
            ("FROM 127.0.0.1:1/x\n", [], 3, "127.0.0.1:1"),
            ("FROM scratch\nADD http://127.0.0.1:1/f /\n", [], 3, "127.0.0.1:1"),
        ])
    func `ends with whose fault it is`(
        dockerfile: String, arguments: [String], status: Int32, message: String
    ) async throws {
        let place = try Place()
        let base = dockerfile.contains("base") ? try await place.base() : []
        try place.write(dockerfile)
        let outcome = try await place.build(base + arguments + [place.context])
        #expect(outcome.status == status, "\(outcome.errors)")
        #expect(outcome.errors.contains(message), "\(outcome.errors)")
        #expect(outcome.output == "")
    }

    @Test func `shares a store with another at the same time`() async throws {
        let place = try Place()
        let base = try await place.base()
        try place.write("FROM base\nCOPY a /x\nRUN echo 1 > /f\nRUN echo 2 > /g\n")
        async let first = place.build(base + ["-q", place.context])
        async let second = place.build(base + ["-q", place.context])
        let outcomes = try await [first, second]
        #expect(outcomes.allSatisfy { $0.status == 0 }, "\(outcomes.map(\.errors))")
        #expect(Set(outcomes.map(\.output)).count == 1)
    }

    @Test func `tells what is in the image and how it came to be, and no secret`() async throws {
        let place = try Place()
        try place.directory.write(
            "Package: curl\nStatus: install ok installed\nVersion: 7.88.1-10\nArchitecture: amd64\n\n",
            to: "context/status")
        try place.directory.write("ID=debian\nVERSION_ID=12\n", to: "context/os-release")
        let layout = place.directory.path("out")
        let arguments = [
            "--sbom", "--provenance", "--build-arg", "API_TOKEN=hush-hush", "--build-arg", "V=7",
        ]
        try await ForeignRegistry.running(in: place.directory) { registry in
            try place.write(
                """
                FROM scratch
                ARG API_TOKEN
                ARG V
                COPY status /var/lib/dpkg/status
                COPY os-release /etc/os-release
                ADD http://\(registry.host)/v2/_catalog /catalog

                """)
            let name = "\(registry.host)/app:1"
            let outcome = try await place.build(
                arguments + ["--push", "-t", name, "-o", "type=oci,dest=\(layout)", place.context])
            #expect(outcome.status == 0, "\(outcome.errors)")
            let documents = try Shell.run(
                """
                cd out; for d in $(jq -r '.manifests[] | select(.artifactType) | .digest' index.json); do
                  l=$(jq -r '.layers[0].digest' blobs/sha256/${d#*:}); cat blobs/sha256/${l#*:}; echo; done
                """, in: place.directory.path
            ).output
            #expect(documents.contains("pkg:deb/debian/curl@7.88.1-10?arch=amd64&distro=debian-12"))
            #expect(documents.contains("\"V\":\"7\"") && documents.contains("https://slsa.dev/provenance/v1"))
            #expect(documents.contains("\"uri\":\"http://\(registry.host)/v2/_catalog\""))
            #expect(!documents.contains("hush-hush"))
            // A registry that knows no referrers is told by a tag.
            let count = try Shell.run(
                "d=$(jq -r '.manifests[] | select(.artifactType | not) | .digest' out/index.json); "
                    + "skopeo inspect --raw --tls-verify=false docker://\(registry.host)/app:${d/:/-} | jq '.manifests | length'",
                in: place.directory.path)
            #expect(count.output == "2\n", "\(count.output)")
        }
        let nowhere = try await place.build(arguments + [place.context])
        #expect(nowhere.status == 2 && nowhere.errors.contains("have nowhere to go"), "\(nowhere.errors)")
    }

    @Test func `shares its cache with another store, through a registry and a directory`() async throws {
        let place = try Place()
        let base = try await place.base()
        try place.write(
            """
            FROM base AS tools
            RUN cat /proc/sys/kernel/random/uuid > /tool
            FROM base
            COPY --from=tools /tool /
            RUN cat /proc/sys/kernel/random/uuid > /own
            """)
        try await ForeignRegistry.running(in: place.directory) { registry in
            let cache = "type=registry,ref=\(registry.host)/cache:1,mode=max"
            let local = "type=local,dest=\(place.directory.path("cache")),mode=max"
            let first = try await place.build(
                base + ["-q", "--cache-from", cache, "--cache-to", cache, "--cache-to", local, place.context])
            #expect(first.status == 0, "\(first.errors)")
            for (number, from) in [cache, "type=local,src=\(place.directory.path("cache"))"].enumerated() {
                let other = try await place.build(
                    base + ["-q", "--cache-from", from, place.context],
                    store: place.directory.path("other-\(number)"))
                #expect(other.output == first.output, "\(other.errors)")
            }
            // Of a registry's cache comes what is needed, and no more.
            let tools = try await place.build(
                base + ["-q", "--cache-from", cache, "--target", "tools", place.context],
                store: place.directory.path("other-2"))
            #expect(tools.status == 0, "\(tools.errors)")
            let layers = try Shell.run(
                """
                for l in $(jq -r '.layers[].digest' $(grep -l buildcache cache/blobs/sha256/*) | sort -u); do
                    find other-2/blobs -name ${l#sha256:} | wc -l
                done
                """, in: place.directory.path)
            #expect(Set(layers.output.split(separator: "\n")) == ["0", "1"], "\(layers.output)")
            let wrong = try await place.build(base + ["--cache-from", "type=s3", place.context])
            #expect(
                wrong.status == 2 && wrong.errors.contains("`s3` is no place for a cache"), "\(wrong.errors)")
        }
    }

    @Test func `that is killed leaves nothing that the next one does not sweep`() async throws {
        let place = try Place()
        let base = try await place.base()
        try place.write("FROM base\nRUN echo started && sleep 1000\n")
        let program = try place.begin(base + [place.context])
        try await eventually("the command runs") { program.errors.contains(" started\n") }
        await program.destroy()
        #expect(try place.leftovers != "")
        try place.write("FROM base\nRUN echo 1 > /f\n")
        let outcome = try await place.build(base + ["-q", place.context])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try place.leftovers == "")
    }

    @Test func `is canceled by Ctrl-C, and leaves nothing`() async throws {
        let place = try Place()
        let base = try await place.base()
        try place.write("FROM base\nRUN echo started && sleep 1000\n")
        let program = try place.begin(base + [place.context])
        try await eventually("the command runs") { program.errors.contains(" started\n") }
        program.send(SIGINT)
        let outcome = await program.outcome()
        #expect(outcome.status == 1, "\(outcome.status)")
        #expect(outcome.errors.contains("error: the build was canceled"), "\(outcome.errors)")
        #expect(try place.leftovers == "")
    }
}
