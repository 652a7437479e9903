import Blobs
import Archive
import Cryptography
import Foundation
import Layout
import OCI
import TestSupport
import Testing

@Suite("A damaged layout", .temporaryDirectory) struct DamagedLayoutTests {
    /// Writes an image, damages it by a script, and returns what reading it says.
    ///
    /// In the script and the message `MANIFEST`, `CONFIG` and `LAYER` stand for the blobs' hashes.
    private func message(
        reading form: String, after script: String, in images: SampleImages, expecting message: String
    ) async throws -> (found: String?, expected: String) {
        let image = try images.image([["a": "b"]])
        let manifest = try ImageManifest(parsing: images.store.bytes(of: image.digest))
        let roots = [LayoutRoot(image, names: [try SampleImages.named("app:1")])]
        try await images.writer.write(roots, toDirectory: images.directory.path("out"))
        try await images.writer.write(roots, toArchive: .file(images.directory.path("oci.tar")))
        try await images.writer.writeDockerArchive(roots, to: .file(images.directory.path("docker.tar")))
        let named = { (text: String) in
            text.replacing("MANIFEST", with: image.digest.hex)
                .replacing("CONFIG", with: manifest.config.digest.hex)
                .replacing("LAYER", with: manifest.layers[0].digest.hex)
        }
        try images.shell(named(script))
        let other = try BlobStore(directory: images.directory.path("other"))
        let error = await #expect(throws: LayoutError.self, "\(script)") {
            let layout = try await ImageLayout.open(images.directory.path(form), store: other)
            _ = try await layout.fetch(.only, for: SampleImages.amd64)
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: "\(other.directory)/incoming")
        #expect(left.isEmpty)
        return (SampleImages.text(error), named(message))
    }

    private static let hint =
        "an OCI image layout has the files `oci-layout` and `index.json`, and its blobs in `blobs/sha256`"

    @Test(arguments: [
        ("rm -r out", "there is no such file or directory"),
        ("rm out/oci-layout", "`oci-layout` is missing | \(hint)"),
        ("rm out/index.json", "`index.json` is missing | \(hint)"),
        ("echo '{}' > out/oci-layout", "`oci-layout` does not say its `imageLayoutVersion`"),
        (
            "echo '{\"imageLayoutVersion\":\"2.0\"}' > out/oci-layout",
            "it is of version `2.0`, and only `1.0.0` is known"
        ),
        (
            "echo '{}' > out/index.json",
            "`index.json` cannot be read: the document lacks the field `manifests`, which should be an array of descriptors"
        ),
        (
            "sed -i s/sha256:/sha256:x/ out/index.json",
            "`index.json` cannot be read: the document's field `manifests[0].digest` should be a digest, and is `sha256:xMANIFEST`"
        ),
        ("truncate -s 20M out/index.json", "`index.json` has 20971520 bytes, more than 16777216"),
        ("rm out/index.json && mkfifo out/index.json", "`DIR/out/index.json` is no file"),
        ("rm out/blobs/sha256/MANIFEST", "the blob `sha256:MANIFEST` is missing in it"),
        ("rm out/blobs/sha256/CONFIG", "the blob `sha256:CONFIG` is missing in it"),
        ("rm -r out/blobs && touch out/blobs", "the blob `sha256:MANIFEST` is missing in it"),
        (
            "sed -i 's/linux/linus/' out/blobs/sha256/CONFIG",
            "the blob `sha256:CONFIG` has other bytes than its name says"
        ),
        (
            "printf x | dd of=out/blobs/sha256/LAYER bs=1 seek=30 conv=notrunc status=none",
            "the blob `sha256:LAYER` has other bytes than its name says"
        ),
        (
            "truncate -s 30 out/blobs/sha256/LAYER",
            "the blob `sha256:LAYER` should have SIZE bytes, and has 30"
        ),
        (
            "rm out/blobs/sha256/LAYER && ln -s /dev/zero out/blobs/sha256/LAYER",
            "`DIR/out/blobs/sha256/LAYER` is no file"
        ),
        (
            "sed -i 's/image.manifest.v1/thing.v1/' out/index.json",
            "`sha256:MANIFEST` is of the type `application/vnd.oci.thing.v1+json`, which is no image"
        ),
    ])
    func `in a directory is refused with the reason`(script: String, message: String) async throws {
        let images = try SampleImages()
        let (found, expected) = try await self.message(
            reading: "out", after: script, in: images, expecting: message)
        let layer = try images.layer(["a": "b"]).descriptor
        let kind = script.hasPrefix("rm -r out") && !script.contains("blobs") ? "image" : "OCI"
        #expect(
            found
                == "could not read the \(kind) layout `\(images.directory.path("out"))`: "
                + expected.replacing("SIZE", with: "\(layer.size)")
                .replacing("DIR", with: images.directory.path))
    }

    @Test(arguments: [
        ("truncate -s 700 oci.tar", "oci.tar", "the archive is damaged: "),
        ("truncate -s 0 oci.tar", "oci.tar", "it is no tar archive"),
        ("seq 100000 > oci.tar", "oci.tar", "it is no tar archive"),
        ("seq 100000 | gzip > oci.tar", "oci.tar", "it is no tar archive"),
        ("rm oci.tar && mkfifo oci.tar", "oci.tar", "`DIR/oci.tar` is no file"),
        (
            "gzip -c oci.tar > x && head -c 500 x > oci.tar", "oci.tar",
            "the archive is damaged: the gzip data ends early"
        ),
        ("tar -cf oci.tar out/index.json", "oci.tar", "it has neither `oci-layout` nor `manifest.json`"),
        (
            "rm out/index.json && ln -s ../../../etc/passwd out/index.json && tar -C out -cf oci.tar .",
            "oci.tar",
            "`index.json` is missing"
        ),
        (
            "rm out/index.json && ln -s index.json out/index.json && tar -C out -cf oci.tar .", "oci.tar",
            "the links from `index.json` lead in a circle"
        ),
        (
            "tar --transform 's,^out/,../,' -P -cf oci.tar out/index.json out/oci-layout", "oci.tar",
            "the archive is damaged: `../index.json` leads out of its root"
        ),
        (
            "truncate -s 1M out/blobs/sha256/LAYER && tar -C out -S -cf oci.tar .", "oci.tar",
            "`blobs/sha256/LAYER` is stored as a sparse file"
        ),
    ])
    func `in an archive is refused with the reason`(
        script: String, form: String, message: String
    ) async throws {
        let images = try SampleImages()
        let (found, expected) = try await self.message(
            reading: form, after: script, in: images, expecting: message)
        let start =
            "could not read the image archive `\(images.directory.path(form))`: "
            + expected.replacing("DIR", with: images.directory.path)
        #expect(found?.hasPrefix(start) == true, "\(found ?? "nothing") | \(start)")
    }

    @Test(arguments: [
        ("echo '{}' > d/manifest.json", "`manifest.json` should be an array, and is an object"),
        ("echo '[' > d/manifest.json", "`manifest.json` cannot be read: the document is not JSON: "),
        (
            "echo '[{\"Config\":1}]' > d/manifest.json",
            "image 1 in `manifest.json` should have a text `Config` and arrays of texts `Layers` and `RepoTags`"
        ),
        ("echo '[]' > d/manifest.json", "it holds no image"),
        ("rm d/blobs/sha256/CONFIG", "the configuration `blobs/sha256/CONFIG` is missing"),
        (
            "echo '{}' > d/blobs/sha256/CONFIG",
            "the configuration `blobs/sha256/CONFIG` has 0 layers, and the image 1"
        ),
        (
            "echo nothing > d/blobs/sha256/CONFIG",
            "the configuration `blobs/sha256/CONFIG` cannot be read: the document is not JSON: "
        ),
        (
            "sed -i 's/\"Layers\":.\"[a-z0-9/]*\"/\"Layers\":[\"..\\/..\\/etc\\/passwd\"/' d/manifest.json",
            "the layer `../../etc/passwd` is missing"
        ),
        (
            "sed -i 's/\"Layers\":.\"[a-z0-9/]*\"/\"Layers\":[\"oci-layout\"/' d/manifest.json && echo x > d/oci-layout",
            "the layer `oci-layout` is missing"
        ),
        (
            "sed -i 's/\"Layers\":.\"[a-z0-9/]*\"/\"Layers\":[\"repositories\"/' d/manifest.json",
            "the layer `repositories` should have the diff ID `sha256:"
        ),
        (
            "gzip -n < d/repositories | head -c 20 > d/x && mv d/x d/repositories && "
                + "sed -i 's/\"Layers\":.\"[a-z0-9/]*\"/\"Layers\":[\"repositories\"/' d/manifest.json",
            "the layer `repositories` is damaged: the gzip data ends early"
        ),
    ])
    func `of Docker is refused with the reason`(script: String, message: String) async throws {
        let images = try SampleImages()
        let packing = "mkdir d && tar -xf docker.tar -C d && \(script) && rm -f d/oci-layout d/index.json"
        let (found, expected) = try await self.message(
            reading: "x.tar", after: "\(packing) && tar -C d -cf x.tar .", in: images, expecting: message)
        let start = "could not read the image archive `\(images.directory.path("x.tar"))`: \(expected)"
        #expect(found?.hasPrefix(start) == true, "\(found ?? "nothing") | \(start)")
    }

    @Test func `that nests indexes without end is refused`() async throws {
        let images = try SampleImages()
        var top = try images.image()
        for _ in 0..<10 { top = try images.index([(top, SampleImages.amd64)]) }
        let error = await #expect(throws: LayoutError.self) {
            try await images.writer.write([LayoutRoot(top)], toDirectory: images.directory.path("out"))
        }
        #expect(error?.message.contains("is nested more than 8 levels deep") == true)
    }

    @Test func `that gives one blob two sizes is refused`() async throws {
        let images = try SampleImages()
        let layer = try images.layer(["a": "b"])
        var lying = layer.descriptor
        lying.size += 1
        var config = ImageConfig(platform: SampleImages.amd64)
        config.diffIDs = [layer.diffID, layer.diffID]
        let manifest = ImageManifest(
            config: try images.add(config.json, .ociConfig), layers: [layer.descriptor, lying])
        let image = try images.add(manifest.json, .ociManifest)
        let error = await #expect(throws: LayoutError.self) {
            try await images.writer.write([LayoutRoot(image)], toDirectory: images.directory.path("out"))
        }
        #expect(
            error?.message
                == "the blob `\(lying.digest)` should have \(lying.size) bytes, and has \(layer.descriptor.size)"
        )
    }
}
