import Cryptography
import Foundation
import HTTPTypes
import OCI
import Registry
import TestSupport
import Testing

/// Real programs against the registry over a real socket.
@Suite("A client", .temporaryDirectory) struct ClientTests {
    /// An OCI layout with one image of Debian's busybox; gives its manifest's digest.
    private func makeLayout(_ name: String) async throws -> Digest {
        let directory = try TemporaryDirectory.required
        let root = directory.path("rootfs")
        try FileManager.default.createDirectory(atPath: root + "/bin", withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: "/bin/busybox", toPath: root + "/bin/busybox")
        try FileManager.default.createSymbolicLink(
            atPath: root + "/bin/sh", withDestinationPath: "busybox")
        try await run("tar", "-C", root, "-czf", directory.path("layer.tar.gz"), ".")
        try await run(
            "sh", "-c", "gzip -dc \(directory.path("layer.tar.gz")) > \(directory.path("layer.tar"))")
        var config = ImageConfig(platform: .host)
        config.diffIDs = [try Digest(of: bytes(directory.path("layer.tar")))]
        config.execution.command = ["/bin/sh"]
        let layer = try write(bytes(directory.path("layer.tar.gz")), to: name, as: .ociLayerGzip)
        let manifest = ImageManifest(
            config: try write(config.json.canonical, to: name, as: .ociConfig), layers: [layer])
        var descriptor = try write(manifest.json.canonical, to: name, as: .ociManifest)
        descriptor.annotations = ["org.opencontainers.image.ref.name": "1"]
        try directory.write(#"{"imageLayoutVersion":"1.0.0"}"#, to: "\(name)/oci-layout")
        let index = ImageIndex(manifests: [descriptor]).json.canonical
        try directory.write(String(decoding: index, as: UTF8.self), to: "\(name)/index.json")
        return descriptor.digest
    }

    private func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

    private func write(_ bytes: [UInt8], to layout: String, as type: MediaType) throws -> Descriptor {
        let digest = try Digest(of: bytes)
        let folder = try TemporaryDirectory.required.path("\(layout)/blobs/sha256")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(filePath: "\(folder)/\(digest.hex)"))
        return Descriptor(mediaType: type, digest: digest, size: Int64(bytes.count))
    }

    private func skopeo(_ arguments: String) async throws -> String {
        let (status, output) = try await run("sh", "-c", "skopeo --insecure-policy \(arguments)")
        #expect(status == 0, "\(output)")
        return output
    }

    @Test func `of skopeo's pushes, copies, lists, pulls and deletes an image`() async throws {
        let directory = try TemporaryDirectory.required
        let digest = try await makeLayout("layout")
        let registry = try TestRegistry()
        try await withServer(registry) { port in
            let app = "docker://127.0.0.1:\(port)/demo/busybox"
            let copy = "copy --src-tls-verify=false --dest-tls-verify=false"
            _ = try await skopeo("\(copy) oci:\(directory.path("layout")):1 \(app):1")
            _ = try await skopeo("\(copy) \(app):1 docker://127.0.0.1:\(port)/demo/copy:2")
            _ = try await skopeo("\(copy) --format v2s2 \(app):1 \(app):docker")
            let tags = try await skopeo("list-tags --tls-verify=false \(app)")
            #expect(tags.contains(#""docker""#) && tags.contains(#""1""#))
            _ = try await skopeo("\(copy) \(app)@\(digest) oci:\(directory.path("back")):1")
            _ = try await skopeo("delete --tls-verify=false \(app):docker")
        }
        let index = try ImageIndex(parsing: bytes(directory.path("back/index.json")))
        #expect(index.manifests.map(\.digest) == [digest])
        let blobs = "blobs/sha256"
        #expect(
            try Set(FileList.names(in: directory.path("back/\(blobs)")))
                == Set(FileList.names(in: directory.path("layout/\(blobs)"))))
        #expect(
            try await registry.store.images().map { "\($0.repository):\($0.tag)" } == [
                "demo/busybox:1", "demo/copy:2",
            ])
    }

    @Test func `of curl's uploads a blob, and reads it whole and in part`() async throws {
        let directory = try TemporaryDirectory.required
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 11) }
        try Data(bytes).write(to: URL(filePath: directory.path("blob")))
        let digest = try Digest(of: bytes)
        try await withServer(TestRegistry()) { port in
            let base = "http://127.0.0.1:\(port)/v2/demo/blobs"
            let start = try await run("curl", "-sS", "-X", "POST", "-D", "-", "\(base)/uploads/")
            let location = try #require(start.output.firstMatch(of: /(?i)location: (\S+)/)?.1)
            let url = "http://127.0.0.1:\(port)\(location)"
            let patch = try await run(
                "curl", "-sS", "-w", "%{http_code}", "-X", "PATCH", "-H", "Transfer-Encoding: chunked", "-H",
                "Expect:", "-T", directory.path("blob"), url)
            #expect(patch.output == "202")
            let status = try await run("curl", "-sS", "-i", url)
            #expect(status.output.contains("204 No Content"))
            #expect(status.output.contains(/(?i)range: 0-2999999/))
            #expect(!status.output.contains(/(?i)transfer-encoding|content-length/))
            let put = try await run(
                "curl", "-sS", "-w", "%{http_code}", "-X", "PUT", "\(url)?digest=\(digest)")
            #expect(put.output == "201")
            let head = try await run("curl", "-sS", "-I", "\(base)/\(digest)")
            #expect(head.output.contains("200 OK"))
            #expect(head.output.contains(/(?i)content-length: 3000000/))
            try await run("curl", "-sS", "-o", directory.path("whole"), "\(base)/\(digest)")
            try await run(
                "curl", "-sS", "-r", "1000000-1999999", "-o", directory.path("part"), "\(base)/\(digest)")
        }
        #expect(try self.bytes(directory.path("whole")) == bytes)
        #expect(try self.bytes(directory.path("part")) == Array(bytes[1_000_000..<2_000_000]))
    }

    @Test func `that hangs up in the middle of an upload goes on from where it was`() async throws {
        let registry = try TestRegistry()
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let path = try await registry.startUpload()
        try await withServer(registry) { port in
            let head = "PATCH \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
            try await hangUp(after: Array(head.utf8) + bytes[..<400], port: port)
        }
        #expect(try await registry.send(.get, path).headers["range"] == "0-399")
        let digest = try Digest(of: bytes)
        let end = try await registry.send(
            .put, "\(path)?digest=\(digest)", ["Content-Range": "400-999"], body: Array(bytes[400...]))
        #expect(end.status == 201)
    }
}
