import OCI
import Testing

@Suite("An image's format") struct ImageFormatTests {
    private static func digest(_ digit: Int) throws -> Digest {
        try Digest("sha256:" + String(repeating: "\(digit)", count: 64))
    }

    private static func blob(_ digit: Int, _ type: MediaType) throws -> Descriptor {
        Descriptor(mediaType: type, digest: try digest(digit), size: Int64(digit))
    }

    private static func manifest(_ layers: [MediaType], config: MediaType = .ociConfig) throws
        -> ImageManifest
    {
        ImageManifest(
            config: try blob(9, config),
            layers: try layers.enumerated().map { try blob($0.offset + 1, $0.element) })
    }

    @Test func `changes the types and nothing else`() throws {
        let layers: [MediaType] = [.ociLayer, .ociLayerGzip, .ociForeignLayer, .ociForeignLayerGzip]
        let docker = try Self.manifest(layers).converted(to: .docker)
        #expect(docker.mediaType.description == "application/vnd.docker.distribution.manifest.v2+json")
        #expect(
            docker.config.mediaType.description == "application/vnd.docker.container.image.v1+json")
        #expect(
            docker.layers.map(\.mediaType.description) == [
                "application/vnd.docker.image.rootfs.diff.tar",
                "application/vnd.docker.image.rootfs.diff.tar.gzip",
                "application/vnd.docker.image.rootfs.foreign.diff.tar",
                "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
            ])
        #expect(try docker.layers.map(\.digest) == (1...4).map(Self.digest))
        #expect(docker.layers.map(\.size) == [1, 2, 3, 4])
        #expect(try docker.converted(to: .docker) == docker)
        #expect(try docker.converted(to: .oci) == Self.manifest(layers))
    }

    @Test func `without annotations leaves them out`() throws {
        var manifest = try Self.manifest([.ociLayerGzip])
        manifest.annotations = ["a": "b"]
        manifest.layers[0].annotations = ["c": "d"]
        manifest.layers[0].otherFields["urls"] = .array([.string("https://example.com/layer")])
        let docker = try manifest.converted(to: .docker)
        #expect(docker.annotations == nil)
        #expect(docker.layers[0].annotations == nil)
        #expect(docker.layers[0].otherFields == manifest.layers[0].otherFields)
        #expect(try manifest.converted(to: .oci) == manifest)
    }

    @Test(arguments: [MediaType.ociLayerZstd, .dockerLayerZstd, .ociForeignLayerZstd])
    func `of Docker has no zstd`(type: MediaType) throws {
        let error = #expect(throws: FormatError.self) { try Self.manifest([type]).converted(to: .docker) }
        guard type != .ociForeignLayerZstd else { return }
        #expect(try error == .zstdLayer(Self.digest(1)))
        #expect(error?.description.contains("compress the layers with gzip, or keep the OCI format") == true)
    }

    @Test func `has no word for what is no image`() throws {
        let chart = MediaType("application/vnd.cncf.helm.config.v1+json")
        #expect(throws: FormatError.artifact(chart)) {
            try Self.manifest([.ociLayerGzip], config: chart).converted(to: .docker)
        }
        let wasm = MediaType("application/wasm")
        #expect(throws: FormatError.unknownLayer(try Self.digest(1), wasm)) {
            try Self.manifest([wasm]).converted(to: .oci)
        }
        var attached = try Self.manifest([.ociLayerGzip])
        attached.subject = try Self.blob(5, .ociManifest)
        #expect(throws: FormatError.subject(try Self.digest(5))) { try attached.converted(to: .docker) }
        #expect(try attached.converted(to: .oci) == attached)
        attached.artifactType = "application/spdx+json"
        #expect(throws: FormatError.artifact(MediaType("application/spdx+json"))) {
            try attached.converted(to: .docker)
        }
    }

    @Test func `of an index names the converted manifests`() throws {
        var entries = [try Self.blob(1, .ociManifest), try Self.blob(2, .ociManifest)]
        entries[0].platform = Platform(os: "linux", architecture: "amd64")
        entries[1].platform = Platform(os: "linux", architecture: "arm64", variant: "v8")
        entries[1].annotations = ["x": "y"]
        var index = ImageIndex(manifests: entries)
        index.annotations = ["a": "b"]
        let replacements = [
            try Self.digest(1): try Self.blob(3, .dockerManifest),
            try Self.digest(2): try Self.blob(4, .dockerManifest),
        ]
        let list = try index.converted(to: .docker, replacing: replacements)
        #expect(
            list.mediaType.description == "application/vnd.docker.distribution.manifest.list.v2+json")
        #expect(try list.manifests.map(\.digest) == [Self.digest(3), Self.digest(4)])
        #expect(list.manifests.map(\.size) == [3, 4])
        #expect(list.manifests.map(\.platform) == entries.map(\.platform))
        #expect(list.annotations == nil && list.manifests[1].annotations == nil)
        #expect(list.manifests.allSatisfy { $0.mediaType == .dockerManifest })
    }

    @Test func `of Docker holds only manifests with a platform`() throws {
        var entry = try Self.blob(1, .ociManifest)
        #expect(throws: FormatError.noPlatform(entry.digest)) {
            try ImageIndex(manifests: [entry]).converted(to: .docker, replacing: [:])
        }
        entry.mediaType = .ociIndex
        #expect(throws: FormatError.nestedIndex(entry.digest)) {
            try ImageIndex(manifests: [entry]).converted(to: .docker, replacing: [:])
        }
        var index = ImageIndex(manifests: [])
        index.subject = try Self.blob(5, .ociManifest)
        #expect(throws: FormatError.subject(try Self.digest(5))) {
            try index.converted(to: .docker, replacing: [:])
        }
    }
}
