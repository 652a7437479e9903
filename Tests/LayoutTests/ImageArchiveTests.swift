import Archive
import Blobs
import Cryptography
import Foundation
import Layout
import OCI
import TestSupport
import Testing

@Suite("An image archive", .temporaryDirectory) struct ImageArchiveTests {
    /// Prints names, sizes, times, owners and modes as Python sees them.
    private static let listing = """
        import sys, tarfile
        for m in tarfile.open(sys.argv[1]):
            print(m.name, m.size if m.isfile() else "-", m.mtime, m.uid, m.gid, oct(m.mode))
        """

    @Test func `of OCI is read by skopeo and by Python`() async throws {
        let images = try SampleImages()
        let image = try images.image([["a": "b"]])
        let root = LayoutRoot(image, names: [try SampleImages.named("app:1.0")])
        try await images.writer.write([root], toArchive: .file(images.directory.path("x.tar")))
        let digest = try images.shell("skopeo inspect --format '{{.Digest}}' oci-archive:x.tar:1.0")
        #expect(digest == "\(image.digest)\n")
        let outcome = try Shell.run(
            "/usr/bin/env", ["python3", "-c", Self.listing, images.directory.path("x.tar")])
        let manifest = try ImageManifest(parsing: images.store.bytes(of: image.digest))
        let blobs = ([image, manifest.config] + manifest.layers)
            .map { "blobs/sha256/\($0.digest.hex) \($0.size) 0 0 0 0o644" }.sorted()
        let lines = outcome.output.split(separator: "\n").map(String.init)
        #expect(Array(lines.prefix(5)) == ["blobs - 0 0 0 0o755", "blobs/sha256 - 0 0 0 0o755"] + blobs)
        #expect(lines.dropFirst(5).map { $0.prefix { $0 != " " } } == ["index.json", "oci-layout"])
    }

    @Test func `of Docker is read by skopeo, with its names and its configuration`() async throws {
        let images = try SampleImages()
        let first = try images.image([["a": "1"], ["b": "2"], ["a": "1"]], .zstd())
        let second = try images.image([["a": "1"]])
        try await images.writer.writeDockerArchive(
            [
                LayoutRoot(
                    first,
                    names: [try SampleImages.named("app:1.0"), try SampleImages.named("r.example/x/y:z")]),
                LayoutRoot(second, names: [.plain("other")]),
            ], to: .file(images.directory.path("x.tar")))
        for (name, image) in [("app:1.0", first), ("r.example/x/y:z", first), ("other:latest", second)] {
            let manifest = try ImageManifest(parsing: images.store.bytes(of: image.digest))
            let copied = "copy-\(name.utf8.count)"
            try images.shell("skopeo --insecure-policy copy -q docker-archive:x.tar:\(name) dir:\(copied)")
            #expect(try images.shell("cat \(copied)/manifest.json").contains("\(manifest.config.digest)"))
        }
        #expect(
            try images.shell("tar -xOf x.tar repositories | tr -d '0123456789abcdef'")
                == #"{"pp":{".":""},"othr":{"ltst":""},"r.xmpl/x/y":{"z":""}}"#)
        #expect(try images.shell("tar -tf x.tar | grep -c blobs/sha256/.").hasPrefix("6"))
    }

    @Test func `of Docker is an OCI layout as well, with the layers' archives in it`() async throws {
        let images = try SampleImages()
        let image = try images.image([["hello.txt": "hello"]])
        try await images.writer.writeDockerArchive(
            [LayoutRoot(image, names: [try SampleImages.named("app:1.0")])],
            to: .file(images.directory.path("x.tar")))
        try images.shell(
            "mkdir out && tar -xf x.tar -C out && umoci unpack --rootless --image out:1.0 bundle")
        #expect(try images.shell("cat bundle/rootfs/hello.txt") == "hello")
        let diffID = try Digest(of: SampleImages.tar(["hello.txt": "hello"]))
        #expect(try images.shell("tar -tf out/blobs/sha256/\(diffID.hex)") == "hello.txt\n")
    }

    @Test func `of Docker holds one of an index's platforms`() async throws {
        let images = try SampleImages()
        let arm = try images.image([["a": "arm"]], platform: SampleImages.arm64)
        let unknown = Platform(os: "unknown", architecture: "unknown")
        let one = try images.index([(arm, SampleImages.arm64), (images.artifact(of: arm), unknown)])
        let two = try images.index([(images.image(), SampleImages.amd64), (arm, SampleImages.arm64)])
        let file = ArchiveDestination.file(images.directory.path("x.tar"))
        for (index, platform) in [(one, nil), (two, SampleImages.arm64)] {
            try await images.writer.writeDockerArchive([LayoutRoot(index)], for: platform, to: file)
            let config = try images.shell("skopeo inspect --config docker-archive:x.tar")
            #expect(config.contains(#""architecture": "arm64""#))
        }
        let error = await #expect(throws: LayoutError.self) {
            try await images.writer.writeDockerArchive([LayoutRoot(two)], to: file)
        }
        #expect(
            SampleImages.text(error)
                == "could not write the Docker archive `\(images.directory.path("x.tar"))`: the image is an index of 2 images, "
                + "and a Docker archive holds one platform's | choose a platform (`linux/amd64`, `linux/arm64`), or "
                + "write an OCI layout, which holds them all")
    }

    @Test func `of Docker holds no artifact, and no layer that is another`() async throws {
        let images = try SampleImages()
        let file = ArchiveDestination.file(images.directory.path("x.tar"))
        let image = try images.image()
        let artifact = try images.artifact(of: image)
        let refused = await #expect(throws: LayoutError.self) {
            try await images.writer.writeDockerArchive([LayoutRoot(artifact)], to: file)
        }
        #expect(refused?.message.contains("is an artifact, not an image") == true)
        let other = try Digest(of: [1])
        let lying = try images.image([["a": "b"]], diffIDs: [other])
        let damaged = await #expect(throws: LayoutError.self) {
            try await images.writer.writeDockerArchive([LayoutRoot(lying)], to: file)
        }
        #expect(damaged?.message.contains("should have the diff ID `\(other)`, and has `sha256:") == true)
        let short = try images.image([["a": "b"]], diffIDs: [])
        let uneven = await #expect(throws: LayoutError.self) {
            try await images.writer.writeDockerArchive([LayoutRoot(short)], to: file)
        }
        #expect(uneven?.message.hasSuffix("has 1 layers, and its configuration 0") == true)
        #expect(!FileManager.default.fileExists(atPath: images.directory.path("x.tar")))
    }

    @Test func `of the same images has the same bytes`() async throws {
        var sums: Set<String> = []
        for round in 1...2 {
            let images = try SampleImages("store-\(round)")
            let name = try SampleImages.named("app:1")
            let roots = [LayoutRoot(try images.image(), names: [name])]
            try await images.writer.write(roots, toArchive: .file(images.directory.path("oci")))
            try await images.writer.writeDockerArchive(roots, to: .file(images.directory.path("docker")))
            sums.insert(try images.shell("sha256sum oci docker && touch -d 2001-01-01 oci docker"))
        }
        #expect(sums.count == 1)
    }

    @Test func `goes into an open file as well`() async throws {
        let images = try SampleImages()
        let roots = [LayoutRoot(try images.image())]
        let path = images.directory.path("open")
        try images.directory.write("", to: "open")
        let open = try #require(FileHandle(forWritingAtPath: path))
        try await images.writer.write(roots, toArchive: .descriptor(open.fileDescriptor))
        try open.write(contentsOf: Data("more".utf8))
        try await images.writer.write(roots, toArchive: .file(images.directory.path("x.tar")))
        try images.shell("printf more >> x.tar && cmp x.tar open")
    }

    @Test func `takes the place of a file, behind a link too, and writes to a device`() async throws {
        let images = try SampleImages()
        let roots = [LayoutRoot(try images.image())]
        try images.shell("mkdir there && echo old > there/file && ln -s there/file link")
        try await images.writer.write(roots, toArchive: .file(images.directory.path("link")))
        try images.shell("test -L link && test ! -L there/file && skopeo inspect oci-archive:there/file")
        try await images.writer.write(roots, toArchive: .file("/dev/null"))
        try images.shell("test -c /dev/null")
        #expect(try images.shell("find . -name '.slipway*'") == "")
    }

    @Test(arguments: [
        (".", "`DIR/.` is a directory | name a file to write the archive to"),
        (
            "no/x.tar",
            "open `DIR/no/x.tar`: No such file or directory | make the folder that it is to lie in first"
        ),
    ])
    func `is refused a place where no file can be`(name: String, message: String) async throws {
        let images = try SampleImages()
        let path = images.directory.path + "/" + name
        let root = LayoutRoot(try images.image())
        let error = await #expect(throws: LayoutError.self) {
            try await images.writer.write([root], toArchive: .file(path))
        }
        #expect(
            SampleImages.text(error)
                == "could not write the OCI archive `\(path)`: "
                + message.replacing("DIR", with: images.directory.path))
    }

    @Test func `that is given up leaves what was there`() async throws {
        let images = try SampleImages()
        let roots = [LayoutRoot(try images.image())]
        try images.directory.write("old", to: "x.tar")
        let (writer, path) = (images.writer, images.directory.path("x.tar"))
        let canceled = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await writer.write(roots, toArchive: .file(path))
        }
        await #expect(throws: CancellationError.self) { try await canceled.value }
        #expect(try images.shell("cat x.tar && ls -A | grep -v store") == "oldx.tar\n")
    }
}
