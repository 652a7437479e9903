import Archive
import Layout
import OCI
import TestSupport
import Testing

@Suite("A format converter", .temporaryDirectory) struct FormatConverterTests {
    @Test func `writes an index and its images in Docker's words, and back`() async throws {
        let images = try SampleImages()
        let amd = try images.image()
        let arm = try images.image([["a": "arm"]], platform: SampleImages.arm64)
        let index = try images.index([(amd, SampleImages.amd64), (arm, SampleImages.arm64)])
        let converter = FormatConverter(store: images.store)
        let docker = try await converter.convert(index, to: .docker)
        #expect(docker.mediaType == .dockerManifestList)
        #expect(try await converter.convert(docker, to: .docker) == docker)
        #expect(try await converter.convert(docker, to: .oci) == index)
        try await images.writer.write([LayoutRoot(docker)], toDirectory: images.directory.path("out"))
        // skopeo finds no Docker document in a layout, but knows the files as its own `dir:`.
        try images.shell(
            """
            cp -r out/blobs/sha256 theirs && for f in theirs/*; do cp $f $f.manifest.json; done
            cp theirs/\(docker.digest.hex) theirs/manifest.json
            """)
        let config = try images.shell("skopeo --override-arch arm64 inspect --config dir:theirs")
        #expect(config.contains(#""architecture": "arm64""#))
        let layout = try await ImageLayout.open(images.directory.path("out"), store: images.store)
        let fetched = try await layout.fetch(.only, for: SampleImages.arm64)
        #expect(fetched.document.mediaType == .dockerManifest)
        #expect(fetched.document.layers.map(\.mediaType) == [.dockerLayerGzip])
    }

    @Test func `says why an image cannot be said`() async throws {
        let images = try SampleImages()
        let image = try images.image([["a": "b"]], .zstd())
        let error = await #expect(throws: FormatError.self) {
            try await FormatConverter(store: images.store).convert(image, to: .docker)
        }
        #expect(error?.description.contains("is compressed with zstd") == true)
    }
}
