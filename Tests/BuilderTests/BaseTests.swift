import Blobs
import Builder
import Foundation
import OCI
import TestSupport
import Testing

@Suite("A base image", .temporaryDirectory) struct BaseTests {
    @Test func `hides what its whiteouts name, and nothing that their layer brings`() async throws {
        let workshop = try Workshop()
        try workshop.addImage(
            "base",
            layers: [
                "mkdir -p d/sub gone; echo 1 > d/a; echo 1 > d/sub/x; echo 1 > gone/y; echo 1 > file; echo 1 > both",
                "mkdir d; : > d/.wh.a; echo 2 > d/b; : > .wh.gone; : > .wh.both; echo 2 > both; mkdir file; echo 2 > file/z",
                "mkdir d; : > d/.wh..wh..opq; echo 3 > d/c",
            ])
        #expect(
            try await workshop.listing(of: "FROM scratch\nCOPY --from=base / /\n") == [
                "-rw-r--r-- 0/0 both", "drwxr-xr-x 0/0 d/", "-rw-r--r-- 0/0 d/c", "drwxr-xr-x 0/0 file/",
                "-rw-r--r-- 0/0 file/z",
            ])
        let image = try await workshop.build("FROM scratch\nCOPY --from=base /both /\n")
        #expect(try workshop.text("both", in: image.layers[0]) == "2\n")
    }

    @Test func `keeps its layers as they are`() async throws {
        let workshop = try Workshop()
        let base = try workshop.addImage("base", layers: ["echo 1 > a", "echo 2 > b"])
        let image = try await workshop.build("FROM base\nLABEL a=b\n")
        #expect(image.layers == base.layers)
        #expect(image.bases.map(\.digest) == [base.digest])
        #expect(image.bases.map(\.isRuntime) == [true])
    }

    @Test func `is refused when a layer is not what its configuration says`() async throws {
        let workshop = try Workshop()
        var layer = try workshop.layer(archive([(TarEntryFixture.file("a"), "x")]))
        layer.diffID = try workshop.layer(archive([(TarEntryFixture.file("b"), "x")])).diffID
        try workshop.addImage("base", layers: [layer])
        let text = try await workshop.failure(of: "FROM base\n")
        #expect(
            text.hasPrefix("Dockerfile:1:6: the layer \(layer.descriptor.digest) holds the archive"),
            "\(text)")
        let copied = try await workshop.failure(of: "FROM scratch\nCOPY --from=base /a /\n")
        #expect(copied.hasPrefix("Dockerfile:2:1: the layer"), "\(copied)")
    }

    @Test func `is refused when it has fewer diff IDs than layers`() throws {
        let workshop = try Workshop()
        let layer = try workshop.layer(archive([]))
        let manifest = ImageManifest(config: layer.descriptor, layers: [layer.descriptor])
        #expect(throws: BuildError.self) {
            try BaseImage(
                reference: ImageReference("x"), digest: layer.diffID, manifest: manifest,
                config: ImageConfig(platform: .host))
        }
    }

    @Test(arguments: ["truncate -s 10", "truncate -s 0", "flip", "rm"])
    func `is read again when its table of contents is damaged`(damage: String) async throws {
        let layers = ["mkdir etc d; echo 'ann:x:7:8::/:' > etc/passwd; echo > d/f"]
        let workshop = try Workshop()
        try workshop.addImage("base", layers: layers)
        let dockerfile = "FROM base\nCOPY --from=base --chown=ann /d /x\n"
        let first = try await workshop.build(dockerfile)
        let outcome = try Shell.run(
            "flip() { printf 'x' | dd of=$1 bs=1 seek=40 conv=notrunc status=none; }\n"
                + "sha256sum [0-9a-f]* > ../sums; for f in [0-9a-f]*; do \(damage) $f; done; ! sha256sum --status -c ../sums",
            in: workshop.cache + "/indexes")
        try #require(outcome.status == 0, "\(outcome.output)")
        var options = BuildOptions()
        options.isWithoutCache = true
        // A builder remembers what it read; another one, as of another process, has only the disk.
        let other = try Workshop()
        try other.addImage("base", layers: layers)
        #expect(try await other.build(dockerfile, options).manifest == first.manifest)
        #expect(try Shell.run("sha256sum --status -c ../sums", in: workshop.cache + "/indexes").status == 0)
    }

    @Test func `shares its layers with no copy of them in memory or on disk`() async throws {
        let workshop = try Workshop()
        try workshop.addImage("base", layers: ["mkdir etc; echo 'ann:x:7:8::/:' > etc/passwd"])
        let dockerfile = "FROM base\nUSER ann\nWORKDIR /w\n"
        let first = try await workshop.build(dockerfile)
        // The accounts are in the table of contents: the layer itself is not needed again.
        try workshop.store.remove(first.layers[0].descriptor.digest)
        #expect(try await workshop.build(dockerfile).manifest == first.manifest)
    }
}
