import OCI
import TestSupport
import Testing

@Suite("A name that was made up") struct NamePropertyTests {
    private let pieces = [
        "a", "B", "library", "docker.io", "index.docker.io", "localhost", "x.y", "127.0.0.1", ":", ":80", "/",
        "@", "-",
        "_", "__", ".", "[", "]", "::1", "sha256:" + String(repeating: "0f", count: 32), "é", "\u{301}", "K",
        "\r\n",
        String(repeating: "ab", count: 32),
    ]

    private func names(_ seed: UInt64) -> [String] {
        var random = SeededGenerator(seed: seed)
        return (0..<2_000).map { _ in
            (0..<Int.random(in: 0...7, using: &random)).compactMap { _ in pieces.randomElement(using: &random)
            }.joined()
        }
    }

    @Test func `is refused, or is the same when it is read again`() throws {
        var count = 0
        for name in names(1) {
            guard let reference = try? ImageReference(name) else { continue }
            count += 1
            #expect(try ImageReference(reference.description) == reference, "\(name)")
            #expect(try ImageReference(reference.familiar) == reference, "\(name)")
            #expect(try RegistryHost(reference.registry.description) == reference.registry, "\(name)")
            #expect(reference.description.utf8.allSatisfy { $0 < 0x80 }, "\(name)")
        }
        #expect(count > 100, "most of the grammar is reached")
    }

    @Test func `is a digest or a platform, or none`() {
        for name in names(2) {
            if let digest = try? Digest(name) { #expect(digest.description == name) }
            if let platform = Platform(name) {
                #expect(Platform(platform.description)?.description == platform.description, "\(name)")
            }
        }
    }

    @Test(arguments: ["", "/", "linux/", "a/b/c/d", "linux/\u{301}a", "é", "linux/a b", "linux/a\n", "$x"])
    func `is no platform in other signs or another form`(text: String) { #expect(Platform(text) == nil) }

    @Test(arguments: [
        ("docker.io/library/library/x", "library/library/x:latest"),
        ("docker.io/x.y/z", "docker.io/x.y/z:latest"),
        ("docker.io/localhost/z", "docker.io/localhost/z:latest"), ("docker.io/library/x", "x:latest"),
    ])
    func `is shown short only where that says the same`(name: String, short: String) throws {
        #expect(try ImageReference(name).familiar == short)
    }

    @Test func `keeps the capitals that make a host of it`() throws {
        let reference = try ImageReference("Mirror/app")
        #expect(reference.description == "Mirror/app:latest")
        #expect(try ImageReference(reference.description) == reference)
        #expect(try ImageReference("LOCALHOST/app").registry.description == "localhost")
        // The Kelvin sign's lower case is a plain `k`.
        #expect(throws: ImageReferenceError.self) { try ImageReference("\u{212A}.example.com/app") }
    }
}
