import Archive
import Blobs
import Builder
import Foundation
import OCI
import TestSupport
import Testing

@Suite("An image whose layers are compressed anew", .temporaryDirectory) struct RecompressionTests {
    private func recompressor(
        _ workshop: Workshop, _ compression: Compression, threads: Int = 2, limit: Int64 = 1 << 40
    ) -> ImageRecompressor {
        ImageRecompressor(
            store: workshop.store, cacheDirectory: workshop.cache, compression: compression, threads: threads,
            limit: limit)
    }

    private func document(_ manifest: Descriptor, _ workshop: Workshop) throws -> ImageManifest {
        try ImageManifest(parsing: workshop.store.bytes(of: manifest.digest))
    }

    /// Two layers: one of several chunks, and one whose archive is exactly one chunk.
    private func image(_ workshop: Workshop) async throws -> BuiltImage {
        let headerAndEnd = 512 + 1024
        try workshop.prepare(
            """
            seq 400000 > many
            head -c \(Compression.chunkSize - headerAndEnd) /dev/zero | tr '\\0' x > even
            """)
        return try await workshop.build("FROM scratch\nCOPY many /\nCOPY even /\n")
    }

    /// Writes an image's documents over layers.
    private func manifest(
        of layers: [Layer], _ workshop: Workshop, mediaType: MediaType = .ociManifest
    ) throws -> Descriptor {
        var config = ImageConfig(platform: .host)
        config.diffIDs = layers.map(\.diffID)
        let bytes = config.json.canonical
        let type = mediaType == .ociManifest ? MediaType.ociConfig : .dockerConfig
        let manifest = ImageManifest(
            mediaType: mediaType,
            config: Descriptor(
                mediaType: type, digest: try workshop.store.write(bytes), size: Int64(bytes.count)),
            layers: layers.map(\.descriptor), annotations: ["note": "kept"])
        return try descriptor(of: manifest.json, as: mediaType, workshop)
    }

    private func descriptor(
        of document: JSONValue, as type: MediaType, _ workshop: Workshop
    ) throws -> Descriptor {
        let bytes = document.canonical
        return Descriptor(
            mediaType: type, digest: try workshop.store.write(bytes), size: Int64(bytes.count))
    }

    private func smallLayer(_ workshop: Workshop, _ content: String = "content") throws -> Layer {
        try workshop.layer(archive([(TarEntryFixture.file("a"), content)]))
    }

    @Test(
        arguments: [
            (Compression.none, "cat", MediaType.ociLayer), (.zstd(level: 3), "zstd -dc", .ociLayerZstd),
            (.zstd(level: 9), "zstd -dc", .ociLayerZstd),
        ])
    func `holds the same archives, and becomes itself again`(
        compression: Compression, reader: String, type: MediaType
    ) async throws {
        let workshop = try Workshop()
        let image = try await image(workshop)
        let changed = try await recompressor(workshop, compression).recompress(image.manifest)
        let document = try document(changed, workshop)
        #expect(document.config == (try self.document(image.manifest, workshop)).config)
        #expect(document.layers.map(\.mediaType) == [type, type])
        for (layer, before) in zip(document.layers, image.layers) {
            #expect(layer.digest != before.descriptor.digest)
            let path = workshop.store.path(of: layer.digest)
            let sum = try Shell.run("\(reader) < '\(path)' | sha256sum", in: workshop.context)
            #expect(sum.output == "\(before.diffID.hex)  -\n")
            #expect(try workshop.store.size(of: layer.digest) == layer.size)
        }
        #expect(try await recompressor(workshop, .gzip, threads: 1).recompress(changed) == image.manifest)
    }

    @Test func `is the same on any number of threads, and others read it`() async throws {
        let workshop = try Workshop()
        let image = try await image(workshop)
        var manifests: Set<Descriptor> = []
        for threads in [1, 3] {
            let other = try Workshop("other-\(threads)", blobs: workshop.store.directory)
            manifests.insert(
                try await recompressor(other, .zstd(level: 3), threads: threads).recompress(image.manifest))
        }
        #expect(manifests.count == 1)
        let manifest = try #require(manifests.first)
        // It names each layer that it decompressed by what came out.
        let copy = try Shell.run(
            "skopeo copy -q --dest-decompress oci:\(workshop.layout(of: manifest)) dir:copy && "
                + "jq -r '.layers[].digest' copy/manifest.json", in: workshop.directory.path)
        #expect(copy.output == image.layers.map { "\($0.diffID)\n" }.joined(), "\(copy.output)")
    }

    @Test func `comes back as it is where there is nothing to do`() async throws {
        let workshop = try Workshop()
        let image = try await image(workshop)
        #expect(try await recompressor(workshop, .gzip).recompress(image.manifest) == image.manifest)
        let empty = try await workshop.build("FROM scratch\nENV A=1\n").manifest
        #expect(try await recompressor(workshop, .zstd()).recompress(empty) == empty)
    }

    @Test func `is written once, and known the next time`() async throws {
        let workshop = try Workshop()
        let layer = try smallLayer(workshop)
        let top = try manifest(of: [layer], workshop)
        let first = try await recompressor(workshop, .gzip).recompress(top)
        try workshop.store.remove(layer.descriptor.digest)
        #expect(try await recompressor(workshop, .gzip).recompress(top) == first)
        let error = await #expect(throws: BlobError.self) {
            try await recompressor(workshop, .zstd()).recompress(top)
        }
        #expect(error?.reason == .unknown)
    }

    @Test func `keeps layers that lie elsewhere, and loses what was said of the old bytes`() async throws {
        let workshop = try Workshop()
        var (own, foreign) = (try smallLayer(workshop), try smallLayer(workshop, "foreign"))
        own.descriptor.annotations = ["toc": "of the old bytes"]
        own.descriptor.otherFields["data"] = .string("AAAA")
        foreign.descriptor.mediaType = .dockerForeignLayerGzip
        foreign.descriptor.otherFields["urls"] = .array([.string("https://example.com/layer")])
        let top = try manifest(of: [foreign, own], workshop)
        let changed = try document(try await recompressor(workshop, .gzip).recompress(top), workshop)
        #expect(changed.annotations == ["note": "kept"])
        #expect(changed.layers[0] == foreign.descriptor)
        #expect(changed.layers[1].mediaType == .ociLayerGzip)
        #expect(changed.layers[1].annotations == nil && changed.layers[1].otherFields == [:])
    }

    @Test(arguments: [(Compression.gzip, MediaType.dockerLayerGzip), (.none, .dockerLayer)])
    func `stays in Docker's words`(compression: Compression, type: MediaType) async throws {
        let workshop = try Workshop()
        let other: Compression = compression == .gzip ? .none : .gzip
        let top = try manifest(
            of: [try smallLayer(workshop)], workshop, mediaType: .dockerManifest)
        let there = try await recompressor(workshop, other).recompress(top)
        let changed = try await recompressor(workshop, compression).recompress(there)
        #expect(changed.mediaType == .dockerManifest)
        #expect(try document(changed, workshop).layers.map(\.mediaType) == [type])
    }

    @Test func `has its place in an index, beside what is no image`() async throws {
        let workshop = try Workshop()
        var first = try manifest(of: [try smallLayer(workshop)], workshop)
        first.platform = Platform(os: "linux", architecture: "arm64")
        first.annotations = ["about": "the first"]
        var second = try manifest(of: [try smallLayer(workshop, "other")], workshop)
        second.platform = .host
        var statement = ImageManifest(
            config: Descriptor(
                mediaType: .ociEmpty, digest: try workshop.store.write(Array("{}".utf8)), size: 2),
            layers: [try smallLayer(workshop).descriptor])
        statement.artifactType = "application/x-statement"
        let artifact = try descriptor(of: statement.json, as: .ociManifest, workshop)
        let index = ImageIndex(manifests: [first, second, artifact])
        let top = try descriptor(of: index.json, as: .ociIndex, workshop)
        let changed = try await recompressor(workshop, .gzip).recompress(top)
        #expect(changed.mediaType == .ociIndex && changed.digest != top.digest)
        let entries = try ImageIndex(parsing: workshop.store.bytes(of: changed.digest)).manifests
        #expect(entries.map(\.platform) == [first.platform, second.platform, nil])
        #expect(entries[0].annotations == ["about": "the first"])
        #expect(entries[2] == artifact)
        for entry in entries.prefix(2) {
            #expect(try document(entry, workshop).layers.map(\.mediaType) == [.ociLayerGzip])
        }
        #expect(try await recompressor(workshop, .gzip).recompress(changed) == changed)
    }

    @Test func `is refused where a layer is not what the image says, and nothing is left`() async throws {
        let workshop = try Workshop()
        var lying = try smallLayer(workshop)
        lying.diffID = try smallLayer(workshop, "other").diffID
        let top = try manifest(of: [lying], workshop)
        for _ in 0..<2 {
            let error = await #expect(throws: BuildError.self) {
                try await recompressor(workshop, .gzip).recompress(top)
            }
            #expect(error?.message.contains("its image says \(lying.diffID)") == true)
        }
        let damaged = Array(repeating: UInt8(7), count: 600)
        let digest = try workshop.store.write([0x1F, 0x8B] + damaged)
        let noGzip = Layer(
            descriptor: Descriptor(mediaType: .ociLayerGzip, digest: digest, size: 602), diffID: lying.diffID)
        let broken = try manifest(of: [noGzip], workshop)
        await #expect(throws: ArchiveError.self) {
            try await recompressor(workshop, .zstd()).recompress(broken)
        }
        #expect(try workshop.incoming == [])
    }

    @Test func `is refused where zstd has no name, a diff ID is missing, or a layer is too large`()
        async throws
    {
        let workshop = try Workshop()
        let layer = try smallLayer(workshop)
        let docker = try manifest(of: [layer], workshop, mediaType: .dockerManifest)
        await #expect(throws: FormatError.zstdLayer(layer.descriptor.digest)) {
            try await recompressor(workshop, .zstd()).recompress(docker)
        }
        let whole = try manifest(of: [layer], workshop)
        var document = try document(whole, workshop)
        document.layers.append(layer.descriptor)
        let short = try descriptor(of: document.json, as: .ociManifest, workshop)
        let missing = await #expect(throws: BuildError.self) {
            try await recompressor(workshop, .gzip).recompress(short)
        }
        #expect(missing?.message.hasSuffix("has 2 layers, and its configuration 1 diff IDs") == true)
        let large = await #expect(throws: BuildError.self) {
            try await recompressor(workshop, .gzip, limit: layer.descriptor.size - 1).recompress(whole)
        }
        #expect(large?.message.hasSuffix("which is the limit") == true)
        #expect(
            try await recompressor(workshop, .gzip, limit: layer.descriptor.size).recompress(whole) != whole)
        #expect(try workshop.incoming == [])
    }

    @Test func `is given up when it is canceled, and nothing is left`() async throws {
        let workshop = try Workshop()
        let top = try manifest(of: [try smallLayer(workshop)], workshop)
        let recompressor = recompressor(workshop, .gzip)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await recompressor.recompress(top)
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try workshop.incoming == [])
    }
}
