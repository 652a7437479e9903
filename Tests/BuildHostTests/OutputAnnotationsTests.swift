import Blobs
import BuildHost
import Builder
import OCI
import TestSupport
import Testing

@Suite("An output's annotations", .temporaryDirectory) struct OutputAnnotationsTests {
    private func store() throws -> BlobStore {
        try BlobStore(directory: TemporaryDirectory.required.path("blobs"))
    }

    private func annotations(_ entries: [(String, String)]) throws -> OutputAnnotations {
        var annotations = OutputAnnotations()
        for (name, value) in entries { try annotations.add(name, value: value) }
        return annotations
    }

    private func write(_ document: JSONValue, as type: MediaType, _ store: BlobStore) throws -> Descriptor {
        let bytes = document.canonical
        return Descriptor(mediaType: type, digest: try store.write(bytes), size: Int64(bytes.count))
    }

    /// An image without layers.
    private func image(
        _ platform: String, _ store: BlobStore, type: MediaType = .ociManifest
    ) throws -> Descriptor {
        let platform = try #require(Platform(platform))
        let config = try write(ImageConfig(platform: platform).json, as: .ociConfig, store)
        let manifest = ImageManifest(
            mediaType: type, config: config, layers: [], annotations: ["before": "kept", "both": "old"])
        return try write(manifest.json, as: type, store)
    }

    private func index(of platforms: [String], _ store: BlobStore) throws -> Descriptor {
        let entries = try platforms.map { text in
            var entry = try image(text, store)
            entry.platform = Platform(text)
            return entry
        }
        return try write(ImageIndex(manifests: entries).json, as: .ociIndex, store)
    }

    private func manifest(_ descriptor: Descriptor, _ store: BlobStore) throws -> ImageManifest {
        try ImageManifest(parsing: store.bytes(of: descriptor.digest))
    }

    @Test(arguments: ["annotation.both", "annotation-manifest.both", "annotation[linux/arm64].both"])
    func `are written to a manifest, over what it says`(name: String) throws {
        let store = try store()
        let root = try image("linux/arm64", store)
        let changed = try annotations([(name, "first"), (name, "new")]).applied(to: root, in: store)
        #expect(try manifest(changed, store).annotations == ["before": "kept", "both": "new"])
        #expect(try manifest(changed, store).config == manifest(root, store).config)
        #expect(try store.size(of: changed.digest) == changed.size)
        #expect(changed.annotations == nil)
        #expect(try OutputAnnotations().applied(to: root, in: store) == root)
    }

    @Test func `have a key with dots, and any value`() throws {
        let store = try store()
        let key = "org.opencontainers.image.Vendor"
        let annotations = try annotations([
            ("annotation.\(key)", "a=b, \"c\""), ("annotation-manifest-descriptor.\(key)", ""),
        ])
        let changed = try annotations.applied(to: try image("linux/amd64", store), in: store)
        #expect(try manifest(changed, store).annotations?[key] == "a=b, \"c\"")
        #expect(changed.annotations == [key: ""])
    }

    @Test func `have their places in an index, and a platform's own count more`() throws {
        let store = try store()
        let root = try index(of: ["linux/amd64", "linux/arm64"], store)
        let annotations = try annotations([
            ("annotation[linux/arm64/v8].k", "own"), ("annotation.k", "all"), ("annotation-index.i", "1"),
            ("annotation-index-descriptor.d", "2"), ("annotation-manifest-descriptor[linux/amd64].m", "3"),
        ])
        let changed = try annotations.applied(to: root, in: store)
        #expect(changed.mediaType == .ociIndex && changed.annotations == ["d": "2"])
        let document = try ImageIndex(parsing: store.bytes(of: changed.digest))
        #expect(document.annotations == ["i": "1"])
        #expect(document.manifests.map(\.platform?.description) == ["linux/amd64", "linux/arm64"])
        #expect(document.manifests.map(\.annotations) == [["m": "3"], nil])
        #expect(
            try document.manifests.map { try manifest($0, store).annotations?["k"] } == ["all", "own"])
        #expect(try annotations.applied(to: root, in: store) == changed)
    }

    @Test(arguments: [
        ("annotation.", "has no key"), ("annotation-manifest", "has no key"), ("annotation.a b", "spaces"),
        ("annotation-layer.a", "has no place (the places are `annotation-manifest.KEY`, "),
        ("annotation[].a", "names no platform"), ("annotation[linux/amd64.a", "has no key"),
        ("annotation[linux/amd64]x.a", "names no platform"),
        ("annotation-index[linux/amd64].a", "is of an index, which is of no platform"),
    ])
    func `are refused by name where they make no sense`(name: String, message: String) {
        let error = #expect(throws: BuildError.self) { try annotations([(name, "value")]) }
        let text = error?.description ?? ""
        #expect(text.hasPrefix("the annotation `\(name)` ") && text.contains(message), "\(text)")
    }

    @Test func `are refused where there is nothing that they could be of`() throws {
        let store = try store()
        let (single, several) = (
            try image("linux/amd64", store), try index(of: ["linux/amd64", "linux/arm64"], store)
        )
        let docker = try image("linux/amd64", store, type: .dockerManifest)
        for (name, root, message) in [
            ("annotation-index.a", single, "there is no index to annotate"),
            ("annotation-index-descriptor.a", single, "there is no index to annotate"),
            ("annotation[linux/s390x].a", single, "nothing for `linux/s390x` to annotate"),
            ("annotation[linux/s390x].a", several, "the image is for `linux/amd64`, `linux/arm64`"),
            ("annotation.a", docker, "is of Docker's format, which has no annotations"),
        ] {
            let error = #expect(throws: BuildError.self) {
                try annotations([(name, "1")]).applied(to: root, in: store)
            }
            #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
        }
    }

    @Test(arguments: [
        ("annotation.a", true), ("annotation-index.a", true), ("annotation[linux/amd64].a", true),
        ("annotations", false), ("annotation", false), ("name", false),
    ])
    func `are told from other options`(name: String, isAnnotation: Bool) {
        #expect(OutputAnnotations.isName(name) == isAnnotation)
    }
}
