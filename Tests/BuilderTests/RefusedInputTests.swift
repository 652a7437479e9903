import Builder
import OCI
import TestSupport
import Testing

@Suite("What a build is given", .temporaryDirectory) struct RefusedInputTests {
    @Test func `is refused when it becomes larger than it may`() async throws {
        let workshop = try Workshop()
        try workshop.prepare("mkdir d; head -c 3000000 /dev/zero > d/zeros; tar czf bomb.tar.gz d")
        var options = BuildOptions()
        options.unpackLimit = 1_000_000
        let text = try await workshop.failure(of: "FROM scratch\nADD bomb.tar.gz /\n", options)
        #expect(text.contains("it becomes larger than 1000000 bytes, which is the limit"), "\(text)")
        try workshop.addImage("large", layers: ["head -c 3000000 /dev/zero > zeros"])
        let base = try await workshop.failure(of: "FROM large\nCOPY d /\n", options)
        #expect(base.contains("larger than 1000000 bytes"), "\(base)")
    }

    @Test func `is refused when its base is made for something else`() async throws {
        let workshop = try Workshop()
        try workshop.addImage(
            "foreign", layers: ["echo 1 > a"],
            config: ImageConfig(platform: Platform(os: "linux", architecture: "s390x")))
        let text = try await workshop.failure(of: "FROM foreign\n")
        #expect(
            text.hasPrefix(
                "Dockerfile:1:6: the image `foreign:latest` is made for linux/s390x, and the build is for linux/"
            ),
            "\(text)")
        // Its files are no worse for that.
        try await workshop.build("FROM scratch\nCOPY --from=foreign /a /\n")
    }
}
