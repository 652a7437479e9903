import NIOHTTP1
import OCI
import Testing

@testable import Remote

@Suite("A challenge") struct ChallengeTests {
    @Test(arguments: [
        (["Basic realm=\"a\""], [Challenge(scheme: "basic", parameters: ["realm": "a"])]),
        (
            ["Bearer realm=\"https://auth/token\",service=\"reg\",scope=\"repository:a:pull,push\""],
            [
                Challenge(
                    scheme: "bearer",
                    parameters: [
                        "realm": "https://auth/token", "service": "reg", "scope": "repository:a:pull,push",
                    ])
            ]
        ),
        (
            ["bearer Realm = x , service=y, Basic realm=\"a \\\"b\\\" c\""],
            [
                Challenge(scheme: "bearer", parameters: ["realm": "x", "service": "y"]),
                Challenge(scheme: "basic", parameters: ["realm": "a \"b\" c"]),
            ]
        ),
        (
            ["Negotiate", "Basic realm=a"],
            [
                Challenge(scheme: "negotiate", parameters: [:]),
                Challenge(scheme: "basic", parameters: ["realm": "a"]),
            ]
        ),
        (["", ",,", "="], []),
        (
            ["Basic realm=\"never closed"],
            [Challenge(scheme: "basic", parameters: ["realm": "\"never closed"])]
        ),
    ])
    func `is read from its header`(values: [String], expected: [Challenge]) {
        #expect(Challenge.parse(values) == expected)
    }

    @Test func `is answered with the union of the scopes`() {
        let scopes = AccessScopes(parsing: "repository:a/b:push registry:catalog:*")
            .union(.repository("a/b", "pull"))
        #expect(scopes.parameters == ["registry:catalog:*", "repository:a/b:pull,push"])
    }
}

@Suite("An address") struct AddressTests {
    @Test(arguments: [
        ("https://reg.example/v2/a/blobs/uploads/", "/v2/x?s=1", "https://reg.example/v2/x?s=1"),
        (
            "https://reg.example/v2/a/tags/list?n=1", "?n=1&last=b",
            "https://reg.example/v2/a/tags/list?n=1&last=b"
        ),
        ("https://reg.example/v2/a/tags/list", "list?last=b", "https://reg.example/v2/a/tags/list?last=b"),
        ("https://reg.example/v2/", "http://reg.example/v2/u", "https://reg.example/v2/u"),
        ("https://reg.example/v2/", "http://other.example/u", "http://other.example/u"),
        ("https://reg.example:443/v2/", "https://Reg.Example/u", "https://reg.example/u"),
        ("http://[::1]:5000/v2/", "//other:80/u", "http://other/u"),
        ("https://reg.example/v2/", "https://user:secret@s3.example/u", "https://s3.example/u"),
    ])
    func `resolves a location`(base: String, location: String, expected: String) throws {
        #expect(try #require(Address(base)).resolving(location)?.description == expected)
    }

    @Test(arguments: ["", "ftp://x/y", "https://", "https://a b/", "https://a/\u{0}", "https://@/x"])
    func `is made of no other text`(text: String) throws {
        #expect(Address(text) == nil)
        #expect(try #require(Address("https://a/b")).resolving(text)?.origin.authority ?? "a" == "a")
    }

    @Test func `takes parameters, encoded`() throws {
        let address = try #require(Address("http://a/u?state=x%2B"))
        #expect(
            address.adding("digest", "sha256:ab").adding("q", "a b&c").description
                == "http://a/u?state=x%2B&digest=sha256:ab&q=a%20b%26c")
    }
}

@Suite("A registry's address") struct OriginTests {
    @Test(arguments: [
        ("busybox", "https://registry-1.docker.io"),
        ("index.docker.io/busybox", "https://registry-1.docker.io"),
        ("ghcr.io/a/b", "https://ghcr.io"), ("reg.example:443/a", "https://reg.example"),
        ("reg.example:5000/a", "https://reg.example:5000"), ("plain.example/a", "http://plain.example"),
        ("localhost/a", "http://localhost"), ("127.0.0.1:5000/a", "http://127.0.0.1:5000"),
        ("[::1]:5000/a", "http://[::1]:5000"), ("x.localhost:80/a", "http://x.localhost"),
    ])
    func `follows from its name`(reference: String, expected: String) async throws {
        let plain: Set = [try RegistryHost("plain.example")]
        try await withClient(configuration: .with { $0.plainHTTPHosts = plain }) { client in
            let host = try ImageReference(reference).registry
            #expect(client.origin(of: host).description == expected)
        }
    }
}

@Suite("A time in HTTP") struct HTTPTimeTests {
    @Test(arguments: [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199), ("06 Nov 1994 08:49:37", nil), ("soon", nil),
        ("Sun, 06 Foo 1994 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 08:49 GMT", nil),
    ])
    func `is read as seconds`(text: String, expected: Int?) {
        #expect(HTTPTime.seconds(text) == expected)
    }

    @Test func `is measured from the answer's own date`() {
        #expect(
            HTTPTime.retryAfter([
                "Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT", "Date": "Sun, 06 Nov 1994 08:49:07 GMT",
            ]) == .seconds(30))
        #expect(HTTPTime.retryAfter(["Retry-After": "7"]) == .seconds(7))
        #expect(HTTPTime.retryAfter(["Retry-After": "-7"]) == nil)
    }
}
