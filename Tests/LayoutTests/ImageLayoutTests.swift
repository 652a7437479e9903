import Blobs
import Archive
import Cryptography
import Foundation
import Layout
import OCI
import TestSupport
import Testing

@Suite("An image layout", .temporaryDirectory) struct ImageLayoutTests {
    /// Writes an image as `app:1.0` in each form that there is.
    private static func write(_ image: Descriptor, _ images: SampleImages) async throws {
        let roots = [LayoutRoot(image, names: [try SampleImages.named("app:1.0")])]
        try await images.writer.write(roots, toDirectory: images.directory.path("oci"))
        try await images.writer.write(roots, toArchive: .file(images.directory.path("oci.tar")))
        try await images.writer.writeDockerArchive(roots, to: .file(images.directory.path("docker.tar")))
        try images.shell("gzip -k oci.tar && zstd -q oci.tar && xz -k oci.tar")
    }

    private static func files(_ image: FetchedImage, in store: BlobStore) throws -> [Int64?] {
        try ([image.manifest, image.document.config] + image.document.layers).map {
            try store.size(of: $0.digest)
        }
    }

    @Test(arguments: ["oci", "oci.tar", "oci.tar.gz", "oci.tar.zst", "oci.tar.xz"])
    func `gives back the image that was written`(form: String) async throws {
        let images = try SampleImages()
        let image = try images.image()
        try await Self.write(image, images)
        let other = try BlobStore(directory: images.directory.path("other"))
        let layout = try await ImageLayout.open(images.directory.path(form), store: other)
        #expect(layout.entries.map(\.names) == [["1.0", "docker.io/library/app:1.0"]])
        let fetched = try await layout.fetch(.only, for: SampleImages.amd64)
        #expect(fetched.manifest.digest == image.digest && fetched.top.digest == image.digest)
        #expect(fetched.config.execution.command == ["cat", "/hello.txt"])
        #expect(try Self.files(fetched, in: other).allSatisfy { $0 != nil })
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(other.directory)/incoming").isEmpty)
    }

    @Test func `of Docker alone gives the same layers and configuration`() async throws {
        let images = try SampleImages()
        let image = try images.image()
        try await Self.write(image, images)
        // The order that Docker before 25 knew: nothing of OCI.
        try images.shell("tar -xf docker.tar --one-top-level && rm docker/oci-layout docker/index.json")
        try images.shell("tar -C docker -cf old.tar manifest.json blobs && tar -C docker -czf old.tar.gz .")
        let written = try ImageManifest(parsing: images.store.bytes(of: image.digest))
        var digests: Set<Digest> = []
        for file in ["old.tar", "old.tar.gz"] {
            let store = try BlobStore(directory: images.directory.path("store-of-\(file)"))
            let layout = try await ImageLayout.open(images.directory.path(file), store: store)
            #expect(layout.entries.map(\.names) == [["app:1.0"]])
            for selection in [
                LayoutSelection.only, .name("docker.io/library/app:1.0"), .digest(written.config.digest),
            ] {
                let fetched = try await layout.fetch(selection, for: SampleImages.amd64)
                #expect(fetched.document.config.digest == written.config.digest)
                // Our own compression again: the very layers that were written.
                #expect(fetched.document.layers == written.layers)
                digests.insert(fetched.manifest.digest)
            }
            #expect(try await digests.contains(layout.fetchAll(.name("app:1.0")).digest))
        }
        #expect(digests.count == 1)
    }

    @Test func `that skopeo wrote is read, whatever its form`() async throws {
        let images = try SampleImages()
        let image = try images.image()
        try await Self.write(image, images)
        try images.shell(
            """
            s="skopeo --insecure-policy copy -q oci:oci:1.0"
            $s oci:theirs:x && $s oci-archive:theirs.tar:x && $s docker-archive:theirs-docker.tar:app:2.0
            """)
        let config = try ImageManifest(parsing: images.store.bytes(of: image.digest)).config
        for (form, name) in [("theirs", "x"), ("theirs.tar", "x"), ("theirs-docker.tar", "app:2.0")] {
            let store = try BlobStore(directory: images.directory.path("store-of-\(form)"))
            let layout = try await ImageLayout.open(images.directory.path(form), store: store)
            let fetched = try await layout.fetch(.name(name), for: SampleImages.amd64)
            #expect(fetched.document.config.digest == config.digest)
            #expect(try Self.files(fetched, in: store).allSatisfy { $0 != nil })
        }
    }

    @Test(arguments: ["cat", "gzip", "zstd -q", "xz"])
    func `of old Docker has layers behind links, compressed in any way`(packer: String) async throws {
        let images = try SampleImages()
        let tar = SampleImages.tar(["hello.txt": "hello"])
        var config = ImageConfig(platform: SampleImages.amd64)
        config.diffIDs = [try Digest(of: tar), try Digest(of: tar)]
        try images.directory.write(String(decoding: config.json.canonical, as: UTF8.self), to: "in/abc.json")
        try images.directory.write(
            #"[{"Config":"abc.json","RepoTags":null,"Layers":["1/layer.tar","2/layer.tar"]}]"#,
            to: "in/manifest.json")
        try Data(tar).write(to: images.directory.url.appending(path: "plain"))
        try images.shell(
            """
            mkdir in/1 in/2 && \(packer) < plain > in/1/layer.tar && ln -s ../1/layer.tar in/2/layer.tar
            tar -C in -cf x.tar .
            """)
        let layout = try await ImageLayout.open(images.directory.path("x.tar"), store: images.store)
        let fetched = try await layout.fetch(.only, for: SampleImages.amd64)
        #expect(fetched.config.diffIDs == config.diffIDs)
        let type: MediaType = packer.hasPrefix("zstd") ? .ociLayerZstd : .ociLayerGzip
        #expect(fetched.document.layers.map(\.mediaType) == [type, type])
        // What is stored unpacks to what the configuration says.
        let stored = images.store.path(of: fetched.document.layers[0].digest)
        try images.shell("\(type == .ociLayerZstd ? "zstd" : "gzip") -dc < \(stored) | cmp - plain")
    }

    @Test func `gives one platform's image, and needs no more of it`() async throws {
        let images = try SampleImages()
        let amd = try images.image([["a": "amd"]])
        let arm = try images.image([["a": "arm"]], platform: SampleImages.arm64)
        let index = try images.index([(amd, SampleImages.amd64), (arm, SampleImages.arm64)])
        try await images.writer.write([LayoutRoot(index)], toDirectory: images.directory.path("oci"))
        try images.shell("rm oci/blobs/sha256/\(amd.digest.hex)")
        let other = try BlobStore(directory: images.directory.path("other"))
        let layout = try await ImageLayout.open(images.directory.path("oci"), store: other)
        let fetched = try await layout.fetch(.only, for: SampleImages.arm64)
        #expect(fetched.top.digest == index.digest && fetched.manifest.digest == arm.digest)
        #expect(try await layout.fetchAll(.digest(arm.digest)).digest == arm.digest)
        let gone = await #expect(throws: LayoutError.self) { try await layout.fetchAll(.only) }
        #expect(gone?.message == "the blob `\(amd.digest)` is missing in it")
        let platform = try #require(Platform("linux/s390x"))
        let error = await #expect(throws: LayoutError.self) { try await layout.fetch(.only, for: platform) }
        #expect(
            error?.message
                == "the image `\(index.digest)` is not there for `linux/s390x`; it is for `linux/amd64`, `linux/arm64`"
        )
    }

    @Test func `gives a whole index, and artifacts by their digest`() async throws {
        let images = try SampleImages()
        let image = try images.image()
        let index = try images.index([(image, SampleImages.amd64)])
        let artifact = try images.artifact(of: index)
        let roots = [LayoutRoot(artifact), LayoutRoot(index)]
        try await images.writer.write(roots, toArchive: .file(images.directory.path("x.tar")))
        let other = try BlobStore(directory: images.directory.path("other"))
        let layout = try await ImageLayout.open(images.directory.path("x.tar"), store: other)
        #expect(try await layout.fetchAll(.only) == index, "an artifact is no image")
        #expect(try await layout.fetchAll(.digest(artifact.digest)).artifactType == "application/spdx+json")
        try await LayoutWriter(store: other).write(roots, toArchive: .file(images.directory.path("y.tar")))
        try images.shell("cmp x.tar y.tar")
    }
}

@Suite("The choice of an image in a layout", .temporaryDirectory) struct LayoutSelectionTests {
    private func layout(_ roots: [(Int, [String])]) async throws -> (ImageLayout, [Digest]) {
        let images = try SampleImages()
        let all = try (0..<3).map { try images.image([["n": "\($0)"]]) }
        let written = try roots.map { number, names in
            LayoutRoot(all[number], names: try names.map(SampleImages.named))
        }
        let path = images.directory.path("out")
        try await images.writer.write(written, toDirectory: path)
        return (try await ImageLayout.open(path, store: images.store), all.map(\.digest))
    }

    @Test(arguments: [
        ([(0, ["a:1", "a:2"])], LayoutSelection.only, 0),
        ([(0, ["a:1"]), (1, ["a:latest"])], .only, 1),
        ([(0, ["a:1"]), (1, ["a:2"])], .name("2"), 1),
        ([(0, ["a:1"]), (1, ["b:1"])], .name("b:1"), 1),
        ([(0, ["a:1"]), (1, ["b:1"])], .name("docker.io/library/a:1"), 0),
        ([(0, ["r.example/x:1"]), (1, [])], .name("r.example/x:1"), 0),
    ])
    func `finds it by what it is called`(
        roots: [(Int, [String])], selection: LayoutSelection, expected: Int
    ) async throws {
        let (layout, digests) = try await layout(roots)
        #expect(try await layout.fetchAll(selection).digest == digests[expected])
    }

    @Test(arguments: [
        (
            [(0, ["a:1"]), (1, ["a:2"])], LayoutSelection.only,
            "it holds 2 images | choose one of `1`, `2`, `docker.io/library/a:1`, `docker.io/library/a:2`"
        ),
        ([], .only, "it holds no image"),
        ([(0, ["a:1"])], .name("3"), "it has no image called `3` | it has `1`, `docker.io/library/a:1`"),
        (
            [(0, [])], .name("3"),
            "it has no image called `3` | its images have no names: choose one by its digest"
        ),
    ])
    func `says what there is instead`(
        roots: [(Int, [String])], selection: LayoutSelection, message: String
    ) async throws {
        let (layout, _) = try await layout(roots)
        let error = await #expect(throws: LayoutError.self) { try await layout.fetchAll(selection) }
        let path = try TemporaryDirectory.required.path("out")
        #expect(SampleImages.text(error) == "could not read the OCI layout `\(path)`: \(message)")
    }

    @Test func `does not guess between two of a name, nor take a layer for an image`() async throws {
        let (layout, digests) = try await layout([(0, ["a:1"]), (1, ["b:1"])])
        let error = await #expect(throws: LayoutError.self) { try await layout.fetchAll(.name("1")) }
        #expect(error?.reason == .ambiguous)
        #expect(try await layout.fetchAll(.digest(digests[1])).digest == digests[1])
        let fetched = try await layout.fetch(.digest(digests[0]), for: SampleImages.amd64)
        for digest in [fetched.document.config.digest, fetched.document.layers[0].digest] {
            let refused = await #expect(throws: LayoutError.self) {
                try await layout.fetchAll(.digest(digest))
            }
            #expect(refused?.message == "`\(digest)` is neither a manifest nor an index")
        }
        let absent = try Digest(of: [1, 2, 3])
        let unknown = await #expect(throws: LayoutError.self) { try await layout.fetchAll(.digest(absent)) }
        #expect(unknown?.message == "it has no image with the digest `\(absent)`")
    }
}

@Suite("A layout's location") struct LayoutLocationTests {
    private static let digest = "sha256:" + String(repeating: "0a", count: 32)

    @Test(arguments: [
        ("oci-layout://out", "out", LayoutSelection.only),
        ("oci-layout:///a/b:1.0", "/a/b", .name("1.0")),
        ("a:5000/b", "a:5000/b", .only),
        ("./x.tar:v", "./x.tar", .name("v")),
        ("a@b/c", "a@b/c", .only),
    ])
    func `is a path and a name`(text: String, path: String, selection: LayoutSelection) throws {
        let location = try LayoutLocation(text)
        #expect(location.path == path)
        #expect(location.selection == selection)
    }

    @Test func `is a path and a digest, which counts more than a name`() throws {
        for text in ["dir@\(Self.digest)", "oci-layout://dir:v1@\(Self.digest)"] {
            let location = try LayoutLocation(text)
            #expect(location.path == "dir")
            #expect(try location.selection == .digest(Digest(Self.digest)))
        }
    }

    @Test(arguments: [
        ("oci-layout://", "could not read `oci-layout://`: it names no directory"),
        (
            "dir@sha256:12",
            "could not read `dir@sha256:12`: `sha256:12` is not a digest: expected 64 lower-case hexadecimal digits after the algorithm"
        ),
    ])
    func `is refused where it says nothing`(text: String, message: String) {
        let error = #expect(throws: LayoutError.self) { try LayoutLocation(text) }
        #expect(error?.description == message)
    }
}
