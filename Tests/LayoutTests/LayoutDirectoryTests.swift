import Archive
import Blobs
import Foundation
import Layout
import OCI
import TestSupport
import Testing

@Suite("An OCI layout in a directory", .temporaryDirectory) struct LayoutDirectoryTests {
    @Test(arguments: [Compression.gzip, .zstd(), .none])
    func `is read by skopeo`(compression: Compression) async throws {
        let images = try SampleImages()
        let image = try images.image([["hello.txt": "hello"], ["etc/name": "sample"]], compression)
        let root = LayoutRoot(image, names: [try SampleImages.named("example.com/app:1.0")])
        try await images.writer.write([root], toDirectory: images.directory.path("a/b/out"))
        let digest = try images.shell("skopeo inspect --format '{{.Digest}}' oci:a/b/out:1.0")
        #expect(digest == "\(image.digest)\n")
        try images.shell(
            "skopeo --insecure-policy copy -q oci:a/b/out:1.0 dir:copy && test -s copy/manifest.json")
    }

    @Test func `is unpacked by umoci`() async throws {
        let images = try SampleImages()
        let root = LayoutRoot(try images.image(), names: [.plain("x")])
        try await images.writer.write([root], toDirectory: images.directory.path("out"))
        let text = try images.shell(
            "umoci unpack --rootless --image out:x bundle && cat bundle/rootfs/hello.txt bundle/rootfs/etc/name"
        )
        #expect(text.hasSuffix("hellosample"), "\(text)")
    }

    @Test func `lists names, platforms and artifacts as others do`() async throws {
        let images = try SampleImages()
        let image = try images.image()
        let artifact = try images.artifact(of: image)
        let names = [try SampleImages.named("app:1.0"), try SampleImages.named("app:latest")]
        try await images.writer.write(
            [LayoutRoot(image, names: names), LayoutRoot(artifact)], toDirectory: images.directory.path("out")
        )
        let manifestType = #""mediaType":"application/vnd.oci.image.manifest.v1+json""#
        func entry(_ tag: String) -> String {
            #"{"annotations":{"io.containerd.image.name":"docker.io/library/app:\#(tag)","#
                + #""org.opencontainers.image.ref.name":"\#(tag)"},"digest":"\#(image.digest)",\#(manifestType),"#
                + #""platform":{"architecture":"amd64","os":"linux"},"size":\#(image.size)}"#
        }
        let last =
            #"{"artifactType":"application/spdx+json","digest":"\#(artifact.digest)",\#(manifestType),"#
            + #""size":\#(artifact.size)}"#
        let expected =
            #"{"manifests":[\#(entry("1.0")),\#(entry("latest")),\#(last)],"#
            + #""mediaType":"application/vnd.oci.image.index.v1+json","schemaVersion":2}"#
        #expect(try images.shell("cat out/index.json") == expected)
        #expect(try images.shell("cat out/oci-layout") == #"{"imageLayoutVersion":"1.0.0"}"#)
        #expect(try images.shell("ls out/blobs/sha256 | wc -l") == "7\n")
    }

    @Test func `with an image for several platforms has all of them`() async throws {
        let images = try SampleImages()
        let index = try images.index([
            (images.image([["a": "amd"]]), SampleImages.amd64),
            (images.image([["a": "arm"]], platform: SampleImages.arm64), SampleImages.arm64),
        ])
        try await images.writer.write(
            [LayoutRoot(index, names: [.plain("multi")])], toDirectory: images.directory.path("out"))
        try images.shell("skopeo --insecure-policy copy -q --all oci:out:multi dir:copy")
        #expect(try images.shell("sha256sum < copy/manifest.json").hasPrefix(index.digest.hex))
        let arm = try images.shell("skopeo --override-arch arm64 inspect --config oci:out:multi")
        #expect(arm.contains(#""architecture": "arm64""#))
    }

    @Test func `that skopeo wrote is completed, and what it lists stays`() async throws {
        let images = try SampleImages()
        let first = try images.image([["a": "1"]])
        let second = try images.image([["a": "2"]])
        let third = try images.image([["a": "3"]])
        let out = images.directory.path("out")
        try await images.writer.write([LayoutRoot(first)], toDirectory: images.directory.path("one"))
        try images.shell("skopeo --insecure-policy copy -q oci:one oci:out:kept")
        try images.shell("skopeo --insecure-policy copy -q oci:one oci:out:moved")
        try await images.writer.write([LayoutRoot(second, names: [.plain("moved")])], toDirectory: out)
        try await images.writer.write([LayoutRoot(third), LayoutRoot(third)], toDirectory: out)
        try await images.writer.write([LayoutRoot(third)], toDirectory: out)
        let layout = try await ImageLayout.open(out, store: images.store)
        #expect(layout.entries.map(\.names) == [["kept"], ["moved"], []])
        #expect(
            layout.entries.map(\.descriptor?.digest) == [first.digest, second.digest, third.digest])
        for (name, image) in [("kept", first), ("moved", second)] {
            let digest = try images.shell("skopeo inspect --format '{{.Digest}}' oci:out:\(name)")
            #expect(digest == "\(image.digest)\n")
        }
    }

    @Test func `holds copies of its own, and takes none twice`() async throws {
        let images = try SampleImages()
        let image = try images.image()
        let manifest = try ImageManifest(parsing: images.store.bytes(of: image.digest))
        let out = images.directory.path("out")
        try await images.writer.write([LayoutRoot(image)], toDirectory: out)
        #expect(try images.shell("find out -type f -links +1") == "", "nothing is linked to the store")
        let place = "out/blobs/sha256/\(image.digest.hex)"
        let before = try images.shell("stat -c %i \(place)")
        let damaged = "out/blobs/sha256/\(manifest.layers[0].digest.hex)"
        try images.shell("truncate -s -1 \(damaged)")
        try await images.writer.write([LayoutRoot(image)], toDirectory: out)
        #expect(try images.shell("stat -c %i \(place)") == before)
        #expect(try images.shell("stat -c %s \(damaged)") == "\(manifest.layers[0].size)\n")
    }

    @Test func `is left by a link that lies in it`() async throws {
        let images = try SampleImages()
        let image = try images.image()
        let precious = try images.directory.write("precious", to: "precious")
        try images.shell(
            "mkdir -p out/blobs/sha256 && ln -s \(precious) out/blobs/sha256/\(image.digest.hex)"
                + " && ln -s \(precious) out/oci-layout")
        try await images.writer.write([LayoutRoot(image)], toDirectory: images.directory.path("out"))
        #expect(try images.shell("cat precious") == "precious")
        try images.shell("skopeo inspect oci:out")
    }

    @Test func `keeps the entries of two who write at the same time`() async throws {
        let images = try SampleImages()
        let out = images.directory.path("out")
        let all = try (0..<8).map { try images.image([["n": "\($0)"]]) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, image) in all.enumerated() {
                group.addTask {
                    try await images.writer.write(
                        [LayoutRoot(image, names: [.plain("v\(number)")])], toDirectory: out)
                }
            }
            try await group.waitForAll()
        }
        let layout = try await ImageLayout.open(out, store: images.store)
        #expect(layout.entries.flatMap(\.names).sorted() == (0..<8).map { "v\($0)" })
    }

    @Test(arguments: [
        ("touch out", "`DIR/out` is there, and is no directory"),
        (
            "mkdir out && echo nonsense > out/index.json && echo '{\"imageLayoutVersion\":\"1.0.0\"}' > out/oci-layout",
            "`index.json` cannot be read: the document is not JSON: expected `null` at byte 0, and there is something else"
        ),
        (
            "mkdir out && echo '{\"manifests\":[]}' > out/index.json",
            "`oci-layout` is missing | an OCI image layout has the files `oci-layout` and `index.json`, and its blobs in `blobs/sha256`"
        ),
        (
            "mkdir -p out/blobs && touch out/blobs/sha256",
            "`DIR/out/blobs/sha256` is there, and is no directory"
        ),
    ])
    func `is not made of something else`(script: String, message: String) async throws {
        let images = try SampleImages()
        let root = LayoutRoot(try images.image())
        try images.shell(script)
        let out = images.directory.path("out")
        let error = await #expect(throws: LayoutError.self) {
            try await images.writer.write([root], toDirectory: out)
        }
        #expect(
            SampleImages.text(error)
                == "could not write the OCI layout `\(out)`: "
                + message.replacing("DIR", with: images.directory.path))
    }

    @Test func `is not completed with what the store lacks or has other bytes of`() async throws {
        let images = try SampleImages()
        let image = try images.image()
        let manifest = try ImageManifest(parsing: images.store.bytes(of: image.digest))
        let layer = manifest.layers[0]
        let path = images.store.path(of: layer.digest)
        try Data(repeating: 7, count: Int(layer.size)).write(to: URL(filePath: path))
        let out = images.directory.path("out")
        let damaged = await #expect(throws: LayoutError.self) {
            try await images.writer.write([LayoutRoot(image)], toDirectory: out)
        }
        #expect(
            damaged?.message == "the blob `\(layer.digest)` has other bytes than its name says")
        try images.store.remove(layer.digest)
        let missing = await #expect(throws: LayoutError.self) {
            try await images.writer.write([LayoutRoot(image)], toDirectory: out)
        }
        #expect(missing?.message == "the blob `\(layer.digest)` is missing in the store")
        #expect(try images.shell("find out -name '.slipway*' -o -name index.json") == "")
    }
}
