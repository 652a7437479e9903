import Archive
import Blobs
import Builder
import Foundation
import Glibc
import OCI
import TestSupport
import Testing

@Suite("An imported root file system", .temporaryDirectory) struct ImportTests {
    private static let members: [(TarEntry, String)] = [
        (TarEntryFixture.directory("usr", mode: 0o711), ""),
        (TarEntryFixture.file("usr/z", uid: 3, gid: 4, mode: 0o4755, modified: 5000), "content"),
        (TarEntryFixture.hardLink("bin/a", to: "usr/z"), ""),
        (TarEntryFixture.symbolicLink("lib", to: "usr/lib"), ""),
        (TarEntryFixture.device("dev/null", major: 1, minor: 3), ""),
        (TarEntryFixture.file("etc/b"), "old"),
        (TarEntryFixture.file("etc/b"), "new"),
    ]

    private func importer(_ workshop: Workshop) -> ImageImporter {
        ImageImporter(store: workshop.store, threads: 2)
    }

    private func imported(_ bytes: [UInt8], _ workshop: Workshop) async throws -> Descriptor {
        try await importer(workshop).importArchive(
            workshop.store.write(bytes), config: ImageConfig(platform: .host))
    }

    private func layer(of manifest: Descriptor, _ workshop: Workshop) throws -> Layer {
        let document = try ImageManifest(parsing: workshop.store.bytes(of: manifest.digest))
        let config = try ImageConfig(parsing: workshop.store.bytes(of: document.config.digest))
        return Layer(
            descriptor: try #require(document.layers.first), diffID: try #require(config.diffIDs.first))
    }

    @Test func `is one layer, sorted, each path once, with everything kept`() async throws {
        let workshop = try Workshop()
        let manifest = try await imported(archive(Self.members), workshop)
        let layer = try layer(of: manifest, workshop)
        #expect(
            try workshop.listing(layer) == [
                "drwxr-xr-x 0/0 bin/", "-rw-r--r-- 0/0 bin/a", "drwxr-xr-x 0/0 dev/",
                "crw-rw-rw- 0/0 dev/null",
                "drwxr-xr-x 0/0 etc/", "-rw-r--r-- 0/0 etc/b", "lrwxrwxrwx 0/0 lib -> usr/lib",
                "drwx--x--x 0/0 usr/",
                "hrw-r--r-- 0/0 usr/z link to bin/a",
            ])
        #expect(try workshop.text("bin/a", in: layer) == "content")
        #expect(try workshop.text("etc/b", in: layer) == "new")
        #expect(try await imported(archive(Self.members), workshop) == manifest)
    }

    @Test(arguments: ["cat", "gzip", "xz", "zstd"])
    func `is the same image however its archive is compressed`(compressor: String) async throws {
        let workshop = try Workshop()
        let bytes = archive(Self.members)
        try Data(bytes).write(to: URL(filePath: workshop.context + "/t"))
        try workshop.prepare("\(compressor) < t > packed")
        let packed = Array(try Data(contentsOf: URL(filePath: workshop.context + "/packed")))
        #expect(try await imported(packed, workshop) == imported(bytes, workshop))
    }

    @Test(.enabled(if: getuid() == 0, "only root makes devices"))
    func `is unpacked by umoci with devices, links and attributes`() async throws {
        let workshop = try Workshop()
        let layout = try workshop.layout(of: try await imported(archive(Self.members), workshop))
        let outcome = try Shell.run(
            "skopeo inspect oci:\(layout) > /dev/null && umoci unpack --image \(layout) bundle && cd bundle/rootfs "
                + "&& stat -c '%F %t:%T' dev/null && stat -c '%h %u' usr/z && cat bin/a",
            in: workshop.directory.path)
        #expect(outcome.output.hasSuffix("character special file 1:3\n2 0\ncontent"), "\(outcome.output)")
    }

    @Test func `stands under a build`() async throws {
        let workshop = try Workshop()
        try workshop.addImage(
            "rootfs", layers: [layer(of: try await imported(archive(Self.members), workshop), workshop)])
        #expect(
            try await workshop.listing(of: "FROM scratch\nCOPY --from=rootfs /usr/z /bin/a /x/\n")
                == ["drwxr-xr-x 0/0 x/", "-rw-r--r-- 0/0 x/a", "-rw-r--r-- 0/0 x/z"])
    }

    @Test func `is refused when it is empty, no archive, or would hide files`() async throws {
        let workshop = try Workshop()
        await #expect(throws: BuildError.self) { try await imported(archive([]), workshop) }
        await #expect(throws: ArchiveError.self) {
            try await imported(Array("hello, this is text".utf8), workshop)
        }
        await #expect(throws: BuildError.self) {
            try await imported(archive([(TarEntryFixture.file("etc/.wh.b"), "")]), workshop)
        }
        #expect(try workshop.incoming == [])
    }
}
