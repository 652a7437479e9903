import Blobs
import Cryptography
import Database
import GRDB
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import OCI
import Registry
import Synchronization
import TestSupport

/// A registry in the running test's directory, asked without a socket.
struct TestRegistry: Sendable {
    let database: StateDatabase
    let blobs: BlobStore
    let store: RegistryStore
    let routes: RegistryRoutes

    init<Time: Clock>(
        blobsIn folder: String = "blobs", clock: Time = ContinuousClock(), migrations: [Migration] = [],
        onTagMove: @escaping @Sendable (TagMove, Database) throws -> Void = { _, _ in },
        afterTagMove: @escaping @Sendable () -> Void = {}
    ) throws where Time.Duration == Duration {
        let directory = try TemporaryDirectory.required
        database = try StateDatabase(
            path: directory.path("state.sqlite"), migrations: RegistryTables.migrations + migrations)
        blobs = try BlobStore(directory: directory.path(folder))
        store = RegistryStore(
            database: database, blobs: blobs, now: { 1_700_000_000_000 }, onTagMove: onTagMove,
            afterTagMove: afterTagMove)
        routes = RegistryRoutes(
            store: store, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            idleLimit: .seconds(60), clock: clock)
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, _ headers: [String: String] = [:], body: [UInt8] = []
    ) async throws -> Answer {
        var headers = headers
        if !body.isEmpty, headers["Content-Length"] == nil { headers["Content-Length"] = "\(body.count)" }
        return try await send(method, path, headers, stream: RequestBody(buffer: ByteBuffer(bytes: body)))
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, _ headers: [String: String] = [:], stream: RequestBody
    ) async throws -> Answer {
        var fields = HTTPFields()
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        let head = HTTPRequest(
            method: method, scheme: nil, authority: nil, path: path, headerFields: fields)
        let response = try await routes.respond(to: Request(head: head, body: stream))
        let collector = BodyCollector()
        try await response.body.write(collector)
        return Answer(
            status: response.status.code,
            headers: Dictionary(
                response.headers.map { ($0.name.canonicalName, $0.value) }, uniquingKeysWith: { $1 }),
            body: collector.bytes.withLock { Array($0.readableBytesView) })
    }

    /// Starts an upload and gives its path.
    func startUpload(in repository: String = "lib/app", _ query: String = "") async throws -> String {
        try await send(.post, "/v2/\(repository)/blobs/uploads/\(query)").headers["location"] ?? ""
    }

    /// The names of the files that writers have open or left.
    func incoming() throws -> [String] {
        try FileList.names(in: blobs.directory + "/incoming")
    }
}

/// What a client sees of an answer; header names are in lower case.
struct Answer: Sendable {
    let status: Int
    let headers: [String: String]
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
}

private final class BodyCollector: ResponseBodyWriter, Sendable {
    let bytes = Mutex(ByteBuffer())

    func write(_ buffer: ByteBuffer) async throws { _ = bytes.withLock { $0.writeImmutableBuffer(buffer) } }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

/// An image in the blob store, and what a client would push of it.
struct TestImage: Sendable {
    let config: [UInt8]
    let layer: [UInt8]
    let manifest: [UInt8]

    var configDigest: Digest { get throws { try Digest(of: config) } }
    var layerDigest: Digest { get throws { try Digest(of: layer) } }
    var digest: Digest { get throws { try Digest(of: manifest) } }

    /// - Parameter change: what the manifest has that others have not.
    init(
        layer: String = "0123456789abcdefghij", change: (inout ImageManifest) throws -> Void = { _ in }
    ) throws {
        config = Array(#"{"architecture":"amd64","os":"linux"}"#.utf8)
        self.layer = Array(layer.utf8)
        var manifest = ImageManifest(
            config: Descriptor(
                mediaType: .ociConfig, digest: try Digest(of: config), size: Int64(config.count)),
            layers: [
                Descriptor(
                    mediaType: .ociLayer, digest: try Digest(of: self.layer), size: Int64(layer.utf8.count))
            ])
        try change(&manifest)
        self.manifest = manifest.json.canonical
    }

    /// The image's manifest as an element of an index.
    var descriptor: Descriptor {
        get throws { Descriptor(mediaType: .ociManifest, digest: try digest, size: Int64(manifest.count)) }
    }

    func publish(_ store: RegistryStore, _ repository: String, tags: [String]) async throws {
        _ = try store.blobs.write(config)
        _ = try store.blobs.write(layer)
        let name = try RepositoryName(repository)
        let document = try ManifestDocument(manifest, mediaType: .ociManifest)
        try await store.publish(
            [PublishedManifest(repository: name, document: document)],
            tags: tags.map { PublishedTag(repository: name, tag: try Tag($0), digest: document.digest) })
    }

    /// Pushes the blobs, as a client would.
    func upload(to registry: TestRegistry, _ repository: String) async throws {
        for blob in [config, layer] {
            let digest = try Digest(of: blob)
            _ = try await registry.send(
                .post, "/v2/\(repository)/blobs/uploads/?digest=\(digest)", body: blob)
        }
    }
}

/// A clock that stands still until it is moved.
final class HandClock: Clock, Sendable {
    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (a: Instant, b: Instant) -> Bool { a.offset < b.offset }
    }

    private let offset = Mutex(Duration.zero)

    var now: Instant { Instant(offset: offset.withLock { $0 }) }
    var minimumResolution: Duration { .zero }

    func move(by duration: Duration) { offset.withLock { $0 += duration } }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {}
}
