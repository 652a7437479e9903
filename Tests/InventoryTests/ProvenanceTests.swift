@testable import Inventory
import OCI
import Testing

@Suite("A provenance") struct ProvenanceTests {
    private static let hex = String(repeating: "ab", count: 32)
    private let digest: Digest

    init() throws { digest = try Digest("sha256:" + Self.hex) }

    private func provenance(_ change: (inout Provenance) -> Void = { _ in }) -> Provenance {
        var parameters = BuildParameters(dockerfile: "docker/Dockerfile")
        parameters.target = "final"
        parameters.platform = Platform(os: "linux", architecture: "arm64")
        parameters.buildArguments = ["VERSION": "1.2"]
        parameters.labels = ["maintainer": "us"]
        parameters.source = .init(location: "https://user:token@git.example.com/app.git", commit: "ab12")
        parameters.source?.reference = "refs/heads/main"
        var provenance = Provenance(
            subjects: [.init(name: "registry.example.com/app:1.2", digest: digest)],
            parameters: parameters, run: .init(toolVersion: "0.1.0", builder: "https://ci.example.com"))
        change(&provenance)
        return provenance
    }

    private func text(_ provenance: Provenance) -> String {
        String(decoding: provenance.json.canonical, as: UTF8.self)
    }

    @Test func `is an in-toto statement`() throws {
        let expected = """
            {"_type":"https://in-toto.io/Statement/v1",\
            "predicate":{"buildDefinition":{\
            "buildType":"\(Provenance.buildType)",\
            "externalParameters":{"buildArgs":{"VERSION":"1.2"},"dockerfile":"docker/Dockerfile",\
            "labels":{"maintainer":"us"},"platform":"linux/arm64",\
            "source":{"commit":"ab12","ref":"refs/heads/main","uri":"git+https://git.example.com/app.git"},\
            "target":"final"},\
            "resolvedDependencies":[{"digest":{"gitCommit":"ab12"},\
            "uri":"git+https://git.example.com/app.git@refs/heads/main"}]},\
            "runDetails":{"builder":{"id":"https://ci.example.com","version":{"slipway":"0.1.0"}}}},\
            "predicateType":"https://slsa.dev/provenance/v1",\
            "subject":[{"digest":{"sha256":"\(Self.hex)"},"name":"registry.example.com/app:1.2"}]}
            """
        #expect(text(provenance()) == expected)
    }

    @Test func `tells when it ran only where it is told to`() {
        let text = text(
            provenance {
                $0.run.invocation = "r7"
                $0.run.started = 0
                $0.run.finished = 60
            })
        let metadata =
            #""metadata":{"finishedOn":"1970-01-01T00:01:00Z","invocationId":"r7","startedOn":"1970-01-01T00:00:00Z"}"#
        #expect(text.contains(metadata))
    }

    @Test func `tells of no secret, and of nothing that holds one`() {
        let text = text(
            provenance {
                $0.parameters.buildArguments["TOKEN"] = "s3cret"
                $0.parameters.buildArguments["AUTH"] = "Bearer s3cret"
                $0.parameters.buildArguments["EMPTY"] = ""
                $0.parameters.buildArguments["HTTPS_PROXY"] = "http://u:p@proxy"
                $0.parameters.buildArguments["http_proxy"] = "http://u:p@proxy"
                $0.parameters.secretArguments = ["TOKEN", "EMPTY", "ABSENT"]
                $0.parameters.labels["token"] = "x-s3cret"
                $0.parameters.source = .init(location: "https://host/s3cret/app", commit: "ab12")
                $0.materials = [Material(file: "https://user:pass-word@host/f?key=s3cret", digest: digest)]
            })
        for hidden in [
            "s3cret", "TOKEN", "AUTH", "EMPTY", "ABSENT", "PROXY", "proxy", "token", "user", "pass-word",
        ] {
            #expect(!text.contains(hidden), "\(hidden)")
        }
        #expect(text.contains("https://host/f?key=***"))
        #expect(text.contains("git+https://host/***/app"))
        #expect(text.contains(#""buildArgs":{"VERSION":"1.2"}"#))
    }

    @Test func `tells each material once, in the order of their addresses`() throws {
        let debian = Material(
            image: try ImageReference("debian:12"), digest: digest,
            platform: Platform(os: "linux", architecture: "amd64"))
        let own = Material(image: try ImageReference("ghcr.io:5000/a/b@\(digest)"), digest: digest)
        let file = Material(file: "https://host/f", digest: digest)
        let made = provenance {
            $0.materials = [file, own, debian, debian]
            $0.parameters.source = nil
        }
        var other = made
        other.materials.reverse()
        #expect(text(made) == text(other))
        let dependencies = made.json.object?["predicate"]?.object?["buildDefinition"]?.object?[
            "resolvedDependencies"]
        #expect(
            dependencies?.array?.map { $0.object?["uri"]?.string } == [
                "https://host/f",
                "pkg:docker/a/b@sha256:\(Self.hex)?repository_url=ghcr.io:5000%2Fa%2Fb",
                "pkg:docker/debian@12?platform=linux%2Famd64",
            ])
    }

    @Test func `tells what the builder chose`() {
        let text = text(provenance { $0.internalParameters = ["epoch": .integer(7)] })
        #expect(text.contains(#""internalParameters":{"epoch":7}"#))
    }

    @Test(arguments: [
        ("https://u:p@host/x.git", "git+https://host/x.git"), ("/srv/git/x", "git+file:///srv/git/x"),
        ("git@host:o/x.git", "git+ssh://host/o/x.git"), ("ssh://git@host:22/x", "git+ssh://host:22/x"),
        ("git://host/x@y", "git://host/x@y"), ("https://u@p@host/x", "git+https://host/x"),
        ("./x", "./x"), ("", ""), ("https://", "git+https://"), ("https://host?a@b", "git+https://host?a@b"),
    ])
    func `has sources that anybody may read`(location: String, uri: String) {
        #expect(SourceURI.git(location) == uri)
    }

    @Test func `hides the longer secret first`() {
        #expect("a-secret-2 secret".hiding(["secret-2", "secret"]) == "a-*** ***")
        var parameters = BuildParameters(dockerfile: "Dockerfile")
        parameters.buildArguments = ["A": "secret", "B": "secret-2"]
        parameters.secretArguments = ["A", "B"]
        #expect(parameters.secretValues == ["secret-2", "secret"])
    }
}
