import ControlAPI
import TestSupport
import Testing

@testable import Commands

@Suite("Docker's words", .temporaryDirectory) struct DockerWordsTests {
    private static func translated(_ words: String) throws -> String {
        let words = words.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        return try DockerBuildWords.translated(["build"] + words).dropFirst().joined(separator: " ")
    }

    @Test(
        arguments: [
            // Letters and their values.
            ("-tapp:1 .", "--tag=app:1 ."), ("-t=app:1 .", "--tag=app:1 ."), ("-t app:1 .", "--tag=app:1 ."),
            ("-qtapp:1 .", "--quiet --tag=app:1 ."), ("-qt app:1 .", "--quiet --tag=app:1 ."),
            ("-f- .", "--file=- ."), ("-f - .", "--file=- ."), ("-o- .", "--output=- ."),
            ("-m 1g -c 512 .", "--memory=1g --cpu-shares=512 ."), ("-q=false .", "."), ("- -q", "- --quiet"),
            ("-D .", "."),
            // Values, whatever they look like.
            ("--memory-swap -1 .", "--memory-swap=-1 ."), ("--label a=--rm .", "--label=a=--rm ."),
            ("--build-arg --rm .", "--build-arg=--rm ."), ("--build-arg A=B=C .", "--build-arg=A=B=C ."),
            ("--tag=app:1 --tag app:2 .", "--tag=app:1 --tag=app:2 ."),
            // Values that are none.
            ("--target= --network  --iidfile= .", "."), ("--tag= .", nil), ("--build-arg  .", nil),
            // Flags with values; the last one counts.
            ("--pull=true --no-cache=1 .", "--pull --no-cache ."), ("--pull --pull=false .", "."),
            ("--no-cache=false --no-cache=T .", "--no-cache ."), ("--check=0 .", "."),
            // What changes nothing.
            ("--rm --force-rm=true --compress=false --stream --debug --disable-content-trust=false .", "."),
            ("--isolation default .", "."), ("--load=false --squash=false .", "."), ("--call build .", "."),
            // What is spelled otherwise.
            ("--call=check .", "--check ."), ("--call lint .", "--check ."),
            ("--cpu-quota 50000 .", "--cpus=0.5 ."), ("--cpu-quota=300 .", nil),
            ("--cpu-period 50000 --cpu-quota 75000 .", "--cpus=1.5 ."), ("--cpu-period 50000 .", "."),
            ("--cpu-quota -1 --cpus 2 .", "--cpus 2 ."),
            ("--attest type=sbom .", "--sbom ."), ("--attest type=sbom,disabled=true .", "."),
            ("--attest type=provenance,mode=max --attest=type=sbom .", "--sbom --provenance ."),
            ("--sbom=true --provenance=false .", "--sbom ."), ("--sbom .", "--sbom ."),
            ("--provenance mode=max .", "--provenance ."),
            ("--provenance=mode=max,version=v1 .", "--provenance ."),
            ("--provenance true .", "--provenance ."), ("--provenance --sbom .", "--sbom --provenance ."),
            ("--sbom --attest type=sbom,disabled=true .", "."),
            // Whatever is not Docker's, or no option.
            ("--store /s --publish . --nonsense -x", "--store /s --publish . --nonsense -x"),
            ("--rm -- --rm -tx", "-- --rm -tx"), (". --tag", ". --tag"), (". -t", ". --tag"),
            ("--load --help", "--load --help"),
        ] as [(String, String?)])
    func `are read as Docker reads them`(words: String, expected: String?) throws {
        guard let expected else {
            _ = #expect(throws: CommandError.self) { try Self.translated(words) }
            return
        }
        #expect(try Self.translated(words) == expected)
    }

    @Test(
        arguments: [
            ("--load", "`--load` is for Docker's own store, which this program does not know"),
            ("--squash=true", "`--squash` is not supported: it would lose the layers that images share"),
            ("--builder other", "`--builder other` is not supported: there are no builders to choose from"),
            ("--cgroup-parent x", "`--cgroup-parent x` is not supported: each `RUN` has a group of its own"),
            ("--cpuset-mems 0", "`--cpuset-mems 0` is not supported: memory is not bound to nodes"),
            ("--isolation hyperv", "`--isolation hyperv` is not supported: containers are Linux's alone"),
            (
                "--security-opt x",
                "`--security-opt x` is not supported: each `RUN` has Docker's usual protection"
            ),
            ("--call outline", "`--call outline` is not supported: expected `build` or `check`"),
            (
                "--call check,format=json",
                "`--call check,format=json` is not supported: expected `build` or `check`"
            ),
            ("--pull=missing", "`--pull=missing`: expected `true` or `false`"),
            ("--quiet=", "`--quiet=`: expected `true` or `false`"),
            ("-q=x", "`-q=x`: expected `true` or `false`"),
            ("-qx", "unknown option `-x` in `-qx`"),
            ("--cpu-period 10", "`--cpu-period 10`: expected microseconds from 1000 to 1000000"),
            ("--cpu-quota 1.5", "`--cpu-quota 1.5`: expected microseconds, at least 1000"),
            (
                "--cpu-quota 5000 --cpus=2",
                "`--cpu-quota` and `--cpus` both say how many processors there are"
            ),
            ("--attest mode=max", "`--attest mode=max` cannot be done: it has no `type`"),
            ("--attest true", "`--attest true` cannot be done: there is no option `true`"),
            (
                "--attest type=vex",
                "`--attest type=vex` cannot be done: `vex` is no document: expected `sbom` or `provenance`"
            ),
            (
                "--sbom=generator=scan",
                "`--sbom generator=scan` cannot be done: packages are found by this program itself"
            ),
            (
                "--provenance=mode=min",
                "`--provenance mode=min` cannot be done: a provenance always names the build arguments "
                    + "that are no secrets"
            ),
            (
                "--provenance=version=v0.2",
                "`--provenance version=v0.2` cannot be done: provenances are SLSA's version `v1`"
            ),
            (
                "--sbom=disabled=perhaps",
                "`--sbom disabled=perhaps` cannot be done: `disabled` is `perhaps`: expected `true` or `false`"
            ),
        ])
    func `that cannot be done are refused with the reason`(words: String, message: String) async throws {
        let result = await execute(["build"] + words.split(separator: " ").map(String.init) + ["."])
        #expect(result.status == 2 && result.output.isEmpty)
        #expect(result.said.first == "error: \(message)")
    }

    @Test func `are nobody's but the build's`() throws {
        for words in [
            [], ["run", "list", "--rm"], ["help", "build"], ["--load"], ["image", "list", "-tx"],
        ] {
            #expect(try DockerBuildWords.translated(words) == words)
        }
    }

    /// Any words at all are refused or become words that stay as they are; but for a context that is called like a value
    /// of `--sbom`, which only Docker's spelling can be taken for.
    @Test func `are translated once and for all`() throws {
        let pieces = [
            "-", "--", "-t", "-q", "--rm", "--sbom", "=", "=true", "=false", "=mode=max", "--cpu-quota",
            "5000",
            "app:1", "-qtf", "--attest", "type=sbom", ",", "\u{301}", "--pull", "", "ü", "-ü", "--call=check",
        ]
        var random = Fixed(state: 7)
        for _ in 0..<3000 {
            let words = (0..<Int.random(in: 0...6, using: &random)).map { _ in
                (0..<Int.random(in: 1...2, using: &random)).map { _ in
                    pieces[Int.random(in: 0..<pieces.count, using: &random)]
                }.joined()
            }
            do {
                let once = try DockerBuildWords.translated(["build"] + words)
                let twice = try DockerBuildWords.translated(once)
                #expect(twice == once, "\(words)")
            } catch { #expect(error.status == .usage) }
        }
    }

    @Test func `reach the daemon in its own words`() async throws {
        let daemon = BuildTests.daemon(state: "succeeded")
        let words = [
            "-qtapp:1", "-fin/Dockerfile", "--rm=true", "--no-cache=true", "--target=", "--build-arg=A=-1",
        ]
        let result = try await BuildTests.build(words, daemon)
        #expect(result.status == 0 && result.output == "sha256:cc\n", "\(result.said)")
        let request = try daemon.requests.first { $0.line == "POST /builds" }?.decoded(BuildRequest.self)
        #expect(
            request?.words == ["-t", "app:1", "-f", "Dockerfile", "--build-arg", "A=-1", "--no-cache"])
    }
}

/// Random numbers that are the same in each run (Knuth's MMIX generator).
private struct Fixed: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}
