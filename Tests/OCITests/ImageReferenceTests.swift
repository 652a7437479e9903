import OCI
import Testing

@Suite("An image reference") struct ImageReferenceTests {
    @Test(arguments: [
        ("busybox", "docker.io/library/busybox:latest"),
        ("busybox:1.36", "docker.io/library/busybox:1.36"),
        ("index.docker.io/busybox", "docker.io/library/busybox:latest"),
        ("docker.io/busybox", "docker.io/library/busybox:latest"),
        ("base/busybox:1", "docker.io/base/busybox:1"),
        ("localhost/app", "localhost/app:latest"),
        ("127.0.0.1:5000/a/b:1", "127.0.0.1:5000/a/b:1"),
        ("[::1]:5000/app", "[::1]:5000/app:latest"),
        ("ghcr.io/o/r_x__y-z.w", "ghcr.io/o/r_x__y-z.w:latest"),
        ("GHCR.io/o/r", "ghcr.io/o/r:latest"),
        (
            "r.example.com/a@sha256:\(String(repeating: "a", count: 64))",
            "r.example.com/a@sha256:\(String(repeating: "a", count: 64))"
        ),
        (
            "a:1@sha256:\(String(repeating: "0", count: 64))",
            "docker.io/library/a:1@sha256:\(String(repeating: "0", count: 64))"
        ),
    ])
    func `is read with Docker's defaults`(text: String, full: String) throws {
        #expect(try ImageReference(text).description == full)
    }

    @Test(arguments: [
        "", ":1", "a:", "Busybox", "a//b", "a/-b", "a__b___c", "a:.tag", "a@sha256:12", "host:99999/a", "a b",
        String(repeating: "a", count: 64), String(repeating: "a", count: 256), "[::g]:1/a",
        "a/b:\(String(repeating: "t", count: 129))",
        "https://example.com/a",
    ])
    func `of another grammar is refused`(text: String) {
        #expect(throws: ImageReferenceError.self) { try ImageReference(text) }
    }

    @Test(arguments: [("busybox", "busybox:latest"), ("a/b:1", "a/b:1"), ("q.io/a", "q.io/a:latest")])
    func `has a short form`(text: String, short: String) throws {
        #expect(try ImageReference(text).familiar == short)
    }

    @Test func `without a host can be one of a given registry`() throws {
        let registry = try RegistryHost("127.0.0.1:5000")
        #expect(
            try ImageReference("base/busybox:1", in: registry).description == "127.0.0.1:5000/base/busybox:1")
        #expect(try ImageReference("busybox", in: registry).description == "127.0.0.1:5000/busybox:latest")
        #expect(try ImageReference("ghcr.io/a", in: registry).registry.description == "ghcr.io")
    }

    @Test(arguments: [
        ("127.0.0.1:5000", true), ("localhost", true), ("[::1]:1", true), ("example.com", false),
    ])
    func `knows the machine's own addresses`(host: String, isLoopback: Bool) throws {
        #expect(try RegistryHost(host).isLoopback == isLoopback)
    }
}
