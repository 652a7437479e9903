import Blobs
import Cryptography
import NIOCore
import OCI
import Remote
import Synchronization
import TestSupport
import Testing

/// The uploading half of a registry, with faults: what it received is what counts.
final class UploadScript: Sendable {
    private struct State {
        var received: [UInt8] = []
        var patches = 0
        var blobs: Set<String> = []
        var manifests: [String] = []
    }

    private let state = Mutex(State())
    /// The numbers of the `PATCH` requests that break.
    private let breaks: Set<Int>
    /// Whether a broken piece's connection is cut, or answered with an error.
    private let isCut: Bool
    /// Whether the upload is forgotten when a piece breaks.
    private let forgets: Bool

    init(breaks: Set<Int> = [], isCut: Bool = false, forgets: Bool = false) {
        self.breaks = breaks
        self.isCut = isCut
        self.forgets = forgets
    }

    var manifests: [String] { state.withLock { $0.manifests } }
    var blobs: Set<String> { state.withLock { $0.blobs } }

    func isBreaking(_ request: ScriptedRegistry.Received) -> Bool {
        request.method == "PATCH" && state.withLock { breaks.contains($0.patches + 1) }
    }

    func reply(_ request: ScriptedRegistry.Received) throws -> ScriptedRegistry.Reply {
        try state.withLock { state in
            switch request.method {
            case "HEAD":
                let name = request.path.split(separator: "/").last.map(String.init) ?? ""
                return state.blobs.contains(name) ? .status(200) : .status(404)
            case "POST":
                state.received = []
                return .status(202, ["Location": "/v2/app/blobs/uploads/u?state=0"])
            case "GET":
                if forgets { return .json(404, #"{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}"#) }
                return .status(204, progress(state))
            case "PATCH": return patch(request, &state)
            case "PUT" where request.path.contains("/manifests/"):
                state.manifests.append(request.target)
                return .status(201)
            case "PUT":
                state.received += request.body
                let digest = try Digest(of: state.received).description
                guard request.target.hasSuffix("digest=\(digest)") else {
                    return .json(400, #"{"errors":[{"code":"DIGEST_INVALID"}]}"#)
                }
                state.blobs.insert(digest)
                return .status(201)
            default: return .status(405)
            }
        }
    }

    private func patch(_ request: ScriptedRegistry.Received, _ state: inout State) -> ScriptedRegistry.Reply {
        state.patches += 1
        let start = request.header("Content-Range")?.prefix { $0 != "-" }
        guard start == "\(state.received.count)" else { return .status(416, progress(state)) }
        state.received += request.body
        guard breaks.contains(state.patches) else { return .status(202, progress(state)) }
        return isCut ? .broken : .status(500)
    }

    private func progress(_ state: State) -> [String: String] {
        [
            "Location": "/v2/app/blobs/uploads/u?state=\(state.received.count)",
            "Range": "0-\(max(0, state.received.count - 1))",
        ]
    }
}

@Suite("An upload", .temporaryDirectory) struct UploadTests {
    private func push(
        _ script: UploadScript, chunk: Int64 = 40_000, _ check: @escaping @Sendable (ScriptedRegistry) -> Void
    ) async throws {
        let store = try BlobStore.fixture()
        let image = try store.addImage(layers: [100_000])
        let layer = try ImageManifest(parsing: store.bytes(of: image.digest)).layers[0].digest
        // A breaking piece arrives by half.
        try await ScriptedRegistry.serving(limit: { script.isBreaking($0) ? 20_000 : nil }) {
            try script.reply($0)
        } _: { registry in
            try await withClient(configuration: .with { ($0.uploadChunk, $0.parallelTransfers) = (chunk, 1) })
            { client in
                let name = try ImageReference("\(registry.host)/app:1")
                try await client.push(image.digest, from: store, to: [name])
            }
            #expect(script.blobs.contains(layer.description))
            #expect(script.blobs.count == 2)
            #expect(script.manifests == ["/v2/app/manifests/1"])
            check(registry)
        }
    }

    private func ranges(_ registry: ScriptedRegistry) -> [String?] {
        registry.requests.filter { $0.method == "PATCH" }.map { $0.header("Content-Range") }
    }

    @Test func `goes in pieces, and the manifest last`() async throws {
        try await push(UploadScript()) { registry in
            #expect(ranges(registry) == ["0-39999", "40000-79999", "80000-99999"])
            #expect(registry.requests.last?.path == "/v2/app/manifests/1")
        }
    }

    @Test func `goes with one request where it is small`() async throws {
        try await push(UploadScript(), chunk: 100_000) { registry in
            #expect(ranges(registry).isEmpty)
            #expect(registry.requests.map(\.method) == ["HEAD", "POST", "PUT", "HEAD", "POST", "PUT", "PUT"])
        }
    }

    @Test(arguments: [true, false])
    func `goes on from what the registry has when a piece breaks`(isCut: Bool) async throws {
        try await push(UploadScript(breaks: [2], isCut: isCut)) { registry in
            #expect(ranges(registry) == ["0-39999", "40000-79999", "60000-99999"])
        }
    }

    @Test func `starts anew where the registry has forgotten it`() async throws {
        try await push(UploadScript(breaks: [2], forgets: true)) { registry in
            #expect(
                ranges(registry) == ["0-39999", "40000-79999", "0-39999", "40000-79999", "80000-99999"])
        }
    }

    @Test func `gives up when every piece breaks, and puts no manifest`() async throws {
        let script = UploadScript(breaks: Set(1...100), forgets: true)
        let error = await #expect(throws: RegistryError.self) { try await push(script) { _ in } }
        #expect(error?.reason == .serverError(status: 500))
        #expect(script.manifests.isEmpty)
    }

    @Test func `fails before it begins where the store lacks a blob`() async throws {
        let store = try BlobStore.fixture()
        let image = try store.addImage(layers: [1000])
        try store.remove(try ImageManifest(parsing: store.bytes(of: image.digest)).layers[0].digest)
        let script = UploadScript()
        try await ScriptedRegistry.serving {
            try script.reply($0)
        } _: { registry in
            try await withClient { client in
                let name = try ImageReference("\(registry.host)/app:1")
                let error = await #expect(throws: BlobError.self) {
                    try await client.push(image.digest, from: store, to: [name])
                }
                #expect(error?.reason == .unknown)
            }
        }
        #expect(script.manifests.isEmpty)
    }
}
