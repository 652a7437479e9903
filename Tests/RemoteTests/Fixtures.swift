import AsyncHTTPClient
import Blobs
import Cryptography
import Logging
import NIOCore
import OCI
import Remote
import Synchronization
import TestSupport

/// A clock whose sleeps take no time and are remembered.
final class InstantClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private let state = Mutex<(now: Instant, sleeps: [Duration])>((Instant(offset: .zero), []))

    var now: Instant { state.withLock { $0.now } }
    let minimumResolution = Duration.nanoseconds(1)
    var sleeps: [Duration] { state.withLock { $0.sleeps } }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        state.withLock { state in
            state.sleeps.append(state.now.duration(to: deadline))
            state.now = max(state.now, deadline)
        }
    }

    func advance(by duration: Duration) { state.withLock { $0.now = $0.now.advanced(by: duration) } }
}

extension RegistryClient.Configuration {
    static func with(_ change: (inout Self) -> Void) -> Self {
        var configuration = Self()
        change(&configuration)
        return configuration
    }
}

/// A client for the length of a test.
func withClient<Result>(
    _ credentials: some CredentialSource = KnownCredentials(), clock: InstantClock = InstantClock(),
    configuration: RegistryClient.Configuration = .init(),
    _ body: (RegistryClient) async throws -> Result
) async throws -> Result {
    let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: .registries)
    let client = RegistryClient(
        http: http, credentials: credentials, configuration: configuration, clock: clock,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    do {
        let result = try await body(client)
        try await http.shutdown()
        return result
    } catch {
        try await http.shutdown()
        throw error
    }
}

extension BlobStore {
    /// A store in the test's directory.
    static func fixture(_ name: String = "blobs") throws -> BlobStore {
        try BlobStore(directory: TemporaryDirectory.required.path(name))
    }

    /// Stores an image whose layers are bytes of these sizes; returns its manifest.
    func addImage(layers sizes: [Int], seed: UInt8 = 1) throws -> Descriptor {
        let config = Array(#"{"os":"linux","architecture":"amd64","seed":\#(seed)}"#.utf8)
        let layers = try sizes.map { size in
            Descriptor(
                mediaType: .ociLayer, digest: try write(randomBytes(size, seed: seed)), size: Int64(size))
        }
        let manifest = ImageManifest(
            config: Descriptor(
                mediaType: .ociConfig, digest: try write(config), size: Int64(config.count)),
            layers: layers)
        return try add(manifest.json, .ociManifest)
    }

    /// Stores an index of images.
    func addIndex(_ images: [(Platform, Descriptor)]) throws -> Descriptor {
        let manifests = images.map { platform, image in
            var image = image
            image.platform = platform
            return image
        }
        return try add(ImageIndex(manifests: manifests).json, .ociIndex)
    }

    private func add(_ document: JSONValue, _ type: MediaType) throws -> Descriptor {
        let bytes = document.canonical
        return Descriptor(mediaType: type, digest: try write(bytes), size: Int64(bytes.count))
    }
}

/// Bytes that differ by size and seed, and do not repeat soon.
func randomBytes(_ count: Int, seed: UInt8 = 1) -> [UInt8] {
    var state = UInt64(count) &+ UInt64(seed) &* 0x9E37_79B9_7F4A_7C15
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 33)
    }
}
