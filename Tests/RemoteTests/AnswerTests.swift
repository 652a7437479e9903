import Blobs
import Cryptography
import NIOCore
import OCI
import Remote
import TestSupport
import Testing

/// A manifest that a scripted registry gives.
let smallManifest =
    #"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#

@Suite("A client", .temporaryDirectory) struct AnswerTests {
    private func reference(at registry: ScriptedRegistry) throws -> ImageReference {
        try ImageReference("\(registry.host)/app:1")
    }

    private func manifestReply(_ headers: [String: String] = [:]) -> ScriptedRegistry.Reply {
        .json(200, smallManifest, ["Content-Type": MediaType.ociIndex.description].merging(headers) { $1 })
    }

    @Test func `gets a token from the token service, once for each scope and its lifetime`() async throws {
        let clock = InstantClock()
        try await ScriptedRegistry.serving { request in
            let host = request.host
            switch (request.path, request.header("Authorization")) {
            case ("/token", "Basic YW5uOmh1c2g="):
                return .json(200, #"{"token":"t\#(request.target.count)","expires_in":300}"#)
            case (_, let token?) where token.hasPrefix("Bearer t"): return manifestReply()
            default:
                return .json(
                    401, "{}",
                    ["WWW-Authenticate": #"Bearer realm="http://\#(host)/token",service="the reg""#])
            }
        } _: { registry in
            let name = try reference(at: registry)
            let known = KnownCredentials([
                name.registry: .password(user: "ann", password: "hush", from: "here")
            ])
            try await withClient(known, clock: clock) { client in
                _ = try await client.manifest(name)
                _ = try await client.manifest(name)
                #expect(
                    registry.lines == [
                        "GET /v2/app/manifests/1", "GET /token?service=the%20reg&scope=repository:app:pull",
                        "GET /v2/app/manifests/1", "GET /v2/app/manifests/1",
                    ])
                clock.advance(by: .seconds(300))
                _ = try await client.manifest(name)
                #expect(registry.lines.filter { $0.contains("/token") }.count == 2)
            }
        }
    }

    @Test func `gets another token when one is refused before its time`() async throws {
        let (tokens, uses) = (Turns(), Turns())
        try await ScriptedRegistry.serving { request in
            if request.path == "/token" { return .json(200, #"{"access_token":"t\#(tokens.next())"}"#) }
            switch request.header("Authorization") {
            case "Bearer t1" where uses.next() == 1: return manifestReply()
            case "Bearer t2": return manifestReply()
            default:
                let challenge = #"Bearer realm="http://\#(request.host)/token",scope="repository:app:push""#
                return .json(401, "{}", ["WWW-Authenticate": challenge])
            }
        } _: { registry in
            try await withClient { client in
                for _ in 1...3 { _ = try await client.manifest(reference(at: registry)) }
            }
            // The scope is the union of what the registry names and what the request needs.
            let token = "GET /token?scope=repository:app:pull,push"
            let manifest = "GET /v2/app/manifests/1"
            #expect(registry.lines == [manifest, token, manifest, manifest, token, manifest, manifest])
        }
    }

    @Test func `sends an identity token to the token service alone`() async throws {
        try await ScriptedRegistry.serving { request in
            let host = request.host
            if request.line == "POST /token" { return .json(200, #"{"access_token":"short"}"#) }
            if request.header("Authorization") == "Bearer short" { return manifestReply() }
            return .json(401, "{}", ["WWW-Authenticate": #"Bearer realm="http://\#(host)/token",service=s"#])
        } _: { registry in
            let name = try reference(at: registry)
            try await withClient(KnownCredentials([name.registry: .identityToken("long", from: "here")])) {
                _ = try await $0.manifest(name)
            }
            #expect(
                String(decoding: registry.requests[1].body, as: UTF8.self)
                    == "service=s&scope=repository:app:pull&grant_type=refresh_token&refresh_token=long"
                    + "&client_id=slipway")
            #expect(registry.requests.allSatisfy { $0.header("Authorization")?.contains("long") != true })
        }
    }

    @Test(arguments: [
        (401, "{}", RegistryError.Reason.unauthorized, "wants credentials"),
        (
            403, #"{"errors":[{"code":"DENIED","message":"not you"}]}"#, .denied,
            "denied it without credentials: DENIED: not you"
        ),
        (404, #"{"errors":[{"code":"NAME_UNKNOWN"}]}"#, .notFound, "answered 404 Not Found: NAME_UNKNOWN"),
        (400, "<html>", .invalid, "answered 400 Bad Request"),
        (302, "", .invalid, "redirects to nowhere"),
    ])
    func `says at once what is the caller's to mend`(
        status: Int, body: String, reason: RegistryError.Reason, message: String
    ) async throws {
        try await ScriptedRegistry.serving { _ in
            .json(status, body)
        } _: { registry in
            try await withClient { client in
                let error = await #expect(throws: RegistryError.self) {
                    try await client.manifest(reference(at: registry))
                }
                #expect(error?.reason == reason)
                #expect(error?.isTransient == false)
                #expect(
                    error?.description
                        == "could not fetch the manifest of `\(registry.host)/app:1`: `\(registry.host)` "
                        + message)
            }
            #expect(registry.requests.count == 1)
        }
    }

    @Test(arguments: [
        (429, ["Retry-After": "7"], [Duration.seconds(7)]),
        (503, ["Retry-After": "0"], [.milliseconds(500)]), (500, [:], [.milliseconds(500)]),
    ])
    func `tries again after the pause asked for`(
        status: Int, headers: [String: String], sleeps: [Duration]
    ) async throws {
        let clock = InstantClock()
        let turns = Turns()
        try await ScriptedRegistry.serving { _ in
            turns.next() == 1 ? .json(status, "{}", headers) : manifestReply()
        } _: { registry in
            try await withClient(clock: clock) { _ = try await $0.manifest(reference(at: registry)) }
            #expect(registry.requests.count == 2)
        }
        #expect(clock.sleeps == sleeps)
    }

    @Test func `gives up on a registry that goes on failing`() async throws {
        let clock = InstantClock()
        try await ScriptedRegistry.serving { _ in
            .json(500, "{}")
        } _: { registry in
            try await withClient(clock: clock, configuration: .with { $0.attempts = 4 }) { client in
                let error = await #expect(throws: RegistryError.self) {
                    try await client.resolve(reference(at: registry))
                }
                #expect(error?.reason == .serverError(status: 500))
                #expect(error?.isTransient == true)
            }
            #expect(registry.requests.count == 4)
        }
        #expect(clock.sleeps == [.milliseconds(500), .seconds(1), .seconds(2)])
    }

    @Test func `does not wait longer than it may`() async throws {
        let clock = InstantClock()
        try await ScriptedRegistry.serving { _ in
            .json(429, "{}", ["Retry-After": "3600"])
        } _: { registry in
            try await withClient(clock: clock) { client in
                let error = await #expect(throws: RegistryError.self) {
                    try await client.manifest(reference(at: registry))
                }
                #expect(error?.reason == .throttled(retryAfter: .seconds(3600)))
                #expect(error?.message.hasSuffix("it asks to wait 3600 seconds") == true)
            }
        }
        #expect(clock.sleeps.isEmpty)
    }

    @Test func `says that nobody answers`() async throws {
        // A port that was free a moment ago.
        let host = try await ScriptedRegistry.serving { _ in
            .status(200)
        } _: {
            $0.host
        }
        try await withClient { client in
            let name = try ImageReference("\(host)/app:1")
            let error = await #expect(throws: RegistryError.self) { try await client.resolve(name) }
            #expect(error?.reason == .unreachable)
            #expect(
                error?.description
                    == "could not look up `\(host)/app:1`: no connection to `\(host)`: Connection refused")
            #expect(error?.hint == "check that the registry runs at http://\(host)")
        }
    }

    @Test func `speaks plain HTTP where it is told to, and says where it should be`() async throws {
        try await ScriptedRegistry.serving { _ in
            manifestReply()
        } _: { registry in
            // This machine, by an address that no rule takes for it.
            let host = registry.host.replacing("127.0.0.1", with: "0.0.0.0")
            let name = try ImageReference("\(host)/app:1")
            try await withClient(configuration: .with { $0.attempts = 1 }) { client in
                let error = await #expect(throws: RegistryError.self) { try await client.resolve(name) }
                #expect(
                    error?.description == "could not look up `\(host)/app:1`: `\(host)` does not speak TLS")
                #expect(error?.hint?.contains("plain HTTP") == true)
            }
            try await withClient(configuration: .with { $0.plainHTTPHosts = [name.registry] }) { client in
                _ = try await client.manifest(name)
            }
        }
    }

    @Test func `trusts no certificate that nobody vouches for`() async throws {
        try await ForeignTLSServer.running(in: .required) { port in
            let name = try ImageReference("0.0.0.0:\(port)/app:1")
            try await withClient(configuration: .with { $0.attempts = 1 }) { client in
                let error = await #expect(throws: RegistryError.self) { try await client.resolve(name) }
                #expect(error?.reason == .unreachable)
                #expect(error?.message == "the certificate of `0.0.0.0:\(port)` is not trusted here")
            }
        }
    }

    @Test func `finds the digest itself where the registry tells none`() async throws {
        try await ScriptedRegistry.serving { request in
            request.method == "HEAD" ? .status(200) : manifestReply()
        } _: { registry in
            try await withClient { client in
                let found = try await client.resolve(reference(at: registry))
                #expect(try found?.digest == Digest(of: Array(smallManifest.utf8)))
                #expect(found?.mediaType == .ociIndex)
            }
            #expect(registry.requests.map(\.method) == ["HEAD", "GET"])
        }
    }

    @Test func `refuses a manifest that is not the one named`() async throws {
        try await ScriptedRegistry.serving { _ in
            manifestReply()
        } _: { registry in
            let name = try reference(at: registry).pinned(to: Digest(of: [1]))
            try await withClient { client in
                let error = await #expect(throws: RegistryError.self) { try await client.manifest(name) }
                #expect(error?.reason == .corrupt)
                let digest = try Digest(of: Array(smallManifest.utf8))
                #expect(error?.message.contains("\(digest)") == true)
            }
        }
    }

    @Test func `refuses a manifest without end`() async throws {
        let long = [UInt8](repeating: 0x20, count: 2000)
        try await ScriptedRegistry.serving { _ in
            .status(200, body: long)
        } _: { registry in
            try await withClient(configuration: .with { $0.longestDocument = 1000 }) { client in
                let error = await #expect(throws: RegistryError.self) {
                    try await client.manifest(reference(at: registry))
                }
                #expect(error?.message.hasSuffix("sent a document of more than 1000 bytes") == true)
            }
        }
    }

    @Test func `lists tags from page to page`() async throws {
        try await ScriptedRegistry.serving { request in
            switch request.target {
            case "/v2/app/tags/list":
                .json(
                    200, #"{"name":"app","tags":["a","b"]}"#,
                    ["Link": #"</v2/app/tags/list?last=b>; rel="next""#])
            case "/v2/app/tags/list?last=b":
                .json(200, #"{"name":"app","tags":["c","-no tag-"]}"#, ["Link": "<?last=c>; rel=next"])
            default: .json(200, #"{"name":"app","tags":null}"#)
            }
        } _: { registry in
            try await withClient { client in
                let tags = try await client.tags(of: reference(at: registry))
                #expect(tags.map(\.description) == ["a", "b", "c"])
            }
        }
    }

    @Test func `is not led in circles by pages`() async throws {
        try await ScriptedRegistry.serving { _ in
            .json(200, #"{"tags":["a"]}"#, ["Link": #"<?last=a>; rel="next""#])
        } _: { registry in
            try await withClient { client in
                let error = await #expect(throws: RegistryError.self) {
                    try await client.tags(of: reference(at: registry))
                }
                #expect(error?.reason == .invalid)
            }
        }
    }
}
