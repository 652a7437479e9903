import Archive
import Blobs
import Builder
import Cryptography
import Dockerfile
import Foundation
import OCI
import Synchronization
import TestSupport
import Testing

/// A builder with a real store, a context on disk and images of its own, in the test's directory.
struct Workshop {
    let directory: TemporaryDirectory
    let store: BlobStore
    let builder: ImageBuilder
    let images = ImageShelf()
    let remote = RemoteShelf()
    var contexts: [String: any ContextSource] = [:]
    let events = Events()

    /// - Parameter name: of the folder that holds everything; another one is another machine.
    init(
        _ name: String = "workshop", threads: Int = 2, blobs: String? = nil, tools: RunTools? = nil
    ) throws {
        directory = try TemporaryDirectory.required
        let folder = directory.path(name)
        for part in ["context", "cache/layers", "cache/indexes", "blobs"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder)/\(part)", withIntermediateDirectories: true)
        }
        context = "\(folder)/context"
        cache = "\(folder)/cache"
        store = try BlobStore(directory: blobs ?? "\(folder)/blobs")
        builder = ImageBuilder(store: store, cacheDirectory: cache, threads: threads, tools: tools)
    }

    let context: String
    let cache: String

    /// What writers have not finished.
    var incoming: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: store.directory + "/incoming") }
    }

    /// Runs a shell script in the context.
    func prepare(_ script: String) throws {
        let outcome = try Shell.run("set -e; umask 022\n" + script, in: context)
        try #require(outcome.status == 0, "\(outcome.output)")
    }

    /// Builds a Dockerfile over the context.
    @discardableResult
    func build(
        _ dockerfile: String, context: (any FileTree)? = nil, _ options: BuildOptions = BuildOptions()
    ) async throws -> BuiltImage {
        var input = ImageBuilder.Input(
            source: TextTree(["Dockerfile": dockerfile]),
            context: context ?? DirectoryTree(directory: self.context), images: images)
        input.contexts = contexts
        input.remoteSources = remote
        return try await builder.build(options, input, onBases: { events.add($0) }, onProgress: events.add)
    }

    /// What a build that must fail says: `Dockerfile:1:2: message (hint)`.
    func failure(of dockerfile: String, _ options: BuildOptions = BuildOptions()) async throws -> String {
        let error = await #expect(throws: (any Error).self) { try await build(dockerfile, options) }
        #expect(try incoming == [])
        return error.map { "\($0)" } ?? ""
    }

    // MARK: Images

    /// Puts an image on the shelf whose layers GNU tar makes: a script fills an empty directory for each.
    @discardableResult
    func addImage(_ name: String, layers scripts: [String], config: ImageConfig = .init(platform: .host))
        throws -> BaseImage
    {
        var layers: [Layer] = []
        for (number, script) in scripts.enumerated() {
            let folder = directory.path("image-\(name)-\(number)-\(UUID().uuidString)")
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let outcome = try Shell.run(
                "set -e; umask 022\n\(script)\n"
                    + "tar --owner=0 --group=0 --mtime=@1000 --sort=name -cf ../layer.tar $(ls -A)",
                in: folder)
            try #require(outcome.status == 0, "\(outcome.output)")
            let archive = try Data(contentsOf: URL(filePath: directory.path("layer.tar")))
            layers.append(try layer(Array(archive)))
        }
        return try addImage(name, layers: layers, config: config)
    }

    /// An archive as a layer that is not compressed.
    func layer(_ archive: [UInt8]) throws -> Layer {
        let digest = try store.write(archive)
        let descriptor = Descriptor(mediaType: .ociLayer, digest: digest, size: Int64(archive.count))
        return Layer(descriptor: descriptor, diffID: digest)
    }

    @discardableResult
    func addImage(_ name: String, layers: [Layer], config: ImageConfig = .init(platform: .host)) throws
        -> BaseImage
    {
        var config = config
        config.diffIDs = layers.map(\.diffID)
        let bytes = Array("\(name)\(config.diffIDs)".utf8)
        let manifest = ImageManifest(
            config: Descriptor(mediaType: .ociConfig, digest: try Digest(of: bytes), size: 0),
            layers: layers.map(\.descriptor))
        let image = try BaseImage(
            reference: ImageReference(name), digest: Digest(of: bytes), manifest: manifest, config: config)
        images.put(image, name)
        return image
    }

    // MARK: What others read

    /// A layer as GNU tar lists it: mode, owner, path, and link target.
    func listing(_ layer: Layer) throws -> [String] {
        let outcome = try Shell.run(
            "tar --numeric-owner --quoting-style=literal -tvzf '\(store.path(of: layer.descriptor.digest))'",
            in: directory.path)
        try #require(outcome.status == 0, "\(outcome.output)")
        return outcome.output.split(separator: "\n").map { line in
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            return ([words[0], words[1]] + words.dropFirst(5)).joined(separator: " ")
        }
    }

    /// The last layer of an image that a Dockerfile makes.
    func listing(of dockerfile: String, _ options: BuildOptions = BuildOptions()) async throws -> [String] {
        try listing(try #require(try await build(dockerfile, options).layers.last))
    }

    /// A file of a layer, as GNU tar reads it.
    func text(_ path: String, in layer: Layer?) throws -> String {
        let layer = try #require(layer)
        let outcome = try Shell.run(
            "tar -xzOf '\(store.path(of: layer.descriptor.digest))' '\(path)'", in: directory.path)
        return outcome.output
    }

    /// The image as an OCI layout, for programs that others wrote: `DIRECTORY:latest`.
    func layout(of manifest: Descriptor) throws -> String {
        let folder = directory.path("layout")
        let ociIndex: [String: Any] = [
            "schemaVersion": 2,
            "manifests": [
                [
                    "mediaType": manifest.mediaType.description, "digest": manifest.digest.description,
                    "size": manifest.size,
                    "annotations": ["org.opencontainers.image.ref.name": "latest"],
                ] as [String: Any]
            ],
        ]
        let document = try ImageManifest(parsing: store.bytes(of: manifest.digest))
        let blobs = "\(folder)/blobs/sha256"
        try FileManager.default.createDirectory(atPath: blobs, withIntermediateDirectories: true)
        for digest in [manifest.digest, document.config.digest] + document.layers.map(\.digest) {
            try FileManager.default.copyItem(atPath: store.path(of: digest), toPath: "\(blobs)/\(digest.hex)")
        }
        try JSONSerialization.data(withJSONObject: ociIndex).write(to: URL(filePath: "\(folder)/index.json"))
        try directory.write(#"{"imageLayoutVersion":"1.0.0"}"#, to: "layout/oci-layout")
        return "\(folder):latest"
    }
}

/// Images by the name that Dockerfiles call them.
final class ImageShelf: ImageSource {
    private let images = Mutex<[String: BaseImage]>([:])

    func put(_ image: BaseImage, _ name: String) { images.withLock { $0[name] = image } }

    func image(_ reference: String, platform: Platform) async throws -> BaseImage {
        guard let image = images.withLock({ $0[reference] }) else {
            throw BuildError("the shelf has no `\(reference)`")
        }
        return image
    }
}

/// What builds told.
final class Events: Sendable {
    private let progress = Mutex<[BuildProgress]>([])
    private let used = Mutex<[UsedBase]>([])

    func add(_ event: BuildProgress) { progress.withLock { $0.append(event) } }
    func add(_ bases: [UsedBase]) { used.withLock { $0 += bases } }

    var bases: [UsedBase] { used.withLock { $0 } }

    /// What containers said.
    var output: String {
        let pieces = progress.withLock { $0 }.map { event -> [UInt8] in
            if case .output(_, let bytes) = event { bytes } else { [] }
        }
        return String(decoding: pieces.joined(), as: UTF8.self)
    }

    /// Why steps were done again.
    var reasons: [String] {
        progress.withLock { $0 }.compactMap { event in
            if case .missed(_, let reason) = event { reason } else { nil }
        }
    }

    /// Whether each layer was there already, since the last call.
    func takeCached() -> [Bool] {
        let events = progress.withLock { events in
            defer { events = [] }
            return events
        }
        return events.compactMap { event in
            switch event {
            case .ended(_, .cached): true
            case .ended(_, .made): false
            default: nil
            }
        }
    }
}

/// Files in memory.
struct TextTree: FileTree {
    private let files: [String: String]

    init(_ files: [String: String]) { self.files = files }

    func node(at path: String) -> FileNode? {
        if path.isEmpty { return FileNode(entry: TarEntry(path: "", kind: .directory, mode: 0o755)) }
        return files[path].map { text in
            FileNode(entry: TarEntry(path: path, kind: .file, mode: 0o644, size: Int64(text.utf8.count)))
        }
    }

    func children(of directory: FileNode) -> [FileNode] { files.keys.sorted().compactMap(node(at:)) }

    func read(_ node: FileNode, _ body: (RawSpan) throws -> Void) throws {
        let bytes = Array((files[node.path] ?? "").utf8)
        try body(bytes.span.bytes)
    }
}

/// An archive's bytes, written member by member.
func archive(_ members: [(entry: TarEntry, content: String)]) -> [UInt8] {
    var bytes: [UInt8] = []
    for (entry, content) in members {
        var entry = entry
        if entry.kind == .file { entry.size = Int64(content.utf8.count) }
        TarFormat.appendHeader(of: entry, to: &bytes)
        bytes += Array(content.utf8)
        bytes += [UInt8](repeating: 0, count: TarFormat.padding(after: entry.size))
    }
    return bytes + TarFormat.end
}
