import Cryptography
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import OCI
import Synchronization

/// Another registry in the test's process: it keeps what is pushed, and has the faults that a test gives it.
final class FaultyRegistry: Sendable {
    /// A request as faults are chosen by it.
    struct Call: Hashable, Sendable {
        var method: String
        /// Behind `/v2/`.
        var path: String

        var isManifest: Bool { path.contains("/manifests/") }
        var isBlob: Bool { path.contains("/blobs/sha256:") }
        var isUpload: Bool { path.contains("/blobs/uploads/") }
    }

    enum Fault: Sendable {
        case status(Int, [String: String] = [:])
        /// The last byte of what is asked for is another one.
        case corrupted
        /// Half of what is asked for comes, and the rest when the gate is open.
        case half(until: Gate)
    }

    private struct State {
        var blobs: [String: [UInt8]] = [:]
        /// By tag and by digest.
        var manifests: [String: [UInt8]] = [:]
        var uploads: [String: [UInt8]] = [:]
        /// The name of the newest upload; blobs are pushed side by side, and each has its own.
        var lastUpload = 0
        var calls: [Call] = []
    }

    private let state = Mutex(State())
    /// Asked of each call before it is answered; may wait.
    private let fault: @Sendable (Call) async -> Fault?
    private let port = Mutex(0)

    /// Host and port.
    var host: String { "127.0.0.1:\(port.withLock { $0 })" }
    var calls: [Call] { state.withLock { $0.calls } }

    private init(_ fault: @escaping @Sendable (Call) async -> Fault?) { self.fault = fault }

    /// Serves on a free port for the length of `body`.
    static func serving<Result: Sendable>(
        _ fault: @escaping @Sendable (Call) async -> Fault? = { _ in nil },
        _ body: @escaping @Sendable (FaultyRegistry) async throws -> Result
    ) async throws -> Result {
        let registry = FaultyRegistry(fault)
        let isOpen = Gate()
        let application = Application(
            responder: CallbackResponder<BasicRequestContext> { request, _ in
                try await registry.answer(request)
            },
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                registry.port.withLock { $0 = channel.localAddress?.port ?? 0 }
                isOpen.open()
            }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try await application.run()
                return nil
            }
            group.addTask {
                await isOpen.pass()
                return try await body(registry)
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }

    /// Puts an image of one layer into the repository `base`, under the tag `1`.
    func addBase(layer: [UInt8]) throws {
        let layerDigest = try Digest(of: layer)
        let config = Array(
            """
            {"architecture":"\(Platform.host.architecture)","os":"linux","config":{},\
            "rootfs":{"type":"layers","diff_ids":["\(layerDigest)"]}}
            """.utf8)
        let configDigest = try Digest(of: config)
        let manifest = Array(
            """
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",\
            "config":{"mediaType":"application/vnd.oci.image.config.v1+json",\
            "digest":"\(configDigest)","size":\(config.count)},\
            "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar",\
            "digest":"\(layerDigest)","size":\(layer.count)}]}
            """.utf8)
        let manifestDigest = try Digest(of: manifest)
        state.withLock { state in
            state.blobs["\(layerDigest)"] = layer
            state.blobs["\(configDigest)"] = config
            state.manifests["base:1"] = manifest
            state.manifests["base:\(manifestDigest)"] = manifest
        }
    }

    /// The manifest under a tag.
    func manifest(_ repository: String, _ tag: String) -> [UInt8]? {
        state.withLock { $0.manifests["\(repository):\(tag)"] }
    }

    private func answer(_ request: Request) async throws -> Response {
        let path = request.uri.path
        let call = Call(method: request.method.rawValue, path: String(path.dropFirst("/v2/".count)))
        state.withLock { $0.calls.append(call) }
        let body = Array(try await request.body.collect(upTo: 64 << 20).readableBytesView)
        let fault = await fault(call)
        if case .status(let code, let headers) = fault { return Self.response(code, headers) }
        switch call.method {
        case "GET", "HEAD": return Self.response(try content(of: call), fault, isHead: call.method == "HEAD")
        case "PUT" where call.isManifest: return try keepManifest(body, call)
        default: return try upload(body, call, digest: request.uri.queryParameters["digest"])
        }
    }

    private func content(of call: Call) throws -> (bytes: [UInt8], type: String)? {
        let parts = call.path.split(separator: "/").map(String.init)
        guard parts.count >= 3, let name = parts.last else { return ([], "text/plain") }
        let repository = parts.dropLast(2).joined(separator: "/")
        return state.withLock { state in
            call.isManifest
                ? state.manifests["\(repository):\(name)"].map { ($0, MediaType.ociManifest.description) }
                : state.blobs[name].map { ($0, "application/octet-stream") }
        }
    }

    private func keepManifest(_ body: [UInt8], _ call: Call) throws -> Response {
        let parts = call.path.split(separator: "/").map(String.init)
        let repository = parts.dropLast(2).joined(separator: "/")
        let digest = try Digest(of: body)
        state.withLock { state in
            state.manifests["\(repository):\(parts.last ?? "")"] = body
            state.manifests["\(repository):\(digest)"] = body
        }
        return Self.response(201, ["Docker-Content-Digest": "\(digest)"])
    }

    /// `POST` opens an upload, `PATCH` adds to it, `PUT` ends it (OCI distribution specification, "Pushing blobs").
    private func upload(_ body: [UInt8], _ call: Call, digest: Substring?) throws -> Response {
        let (name, bytes) = state.withLock { state in
            if call.method == "POST" { state.lastUpload += 1 }
            let name =
                call.method == "POST"
                ? "\(state.lastUpload)" : String(call.path.split(separator: "/").last ?? "")
            state.uploads[name, default: []] += body
            return (name, state.uploads[name] ?? [])
        }
        if call.method == "PUT", let digest {
            guard try "\(Digest(of: bytes))" == digest else { return Self.response(400, [:]) }
            state.withLock { $0.blobs[String(digest)] = bytes }
            return Self.response(201, [:])
        }
        let folder = call.path.firstRange(of: "uploads/").map { call.path[..<$0.upperBound] } ?? ""
        return Self.response(
            202, ["Location": "/v2/\(folder)\(name)", "Range": "0-\(max(0, bytes.count - 1))"])
    }

    private static func response(
        _ content: (bytes: [UInt8], type: String)?, _ fault: Fault?, isHead: Bool
    ) -> Response {
        guard let (kept, type) = content else { return response(404, [:]) }
        var bytes = kept
        let headers: HTTPFields = [.contentType: type]
        if case .corrupted = fault, let last = bytes.indices.last { bytes[last] ^= 0xff }
        let (whole, half) = (ByteBuffer(bytes: bytes), bytes.count / 2)
        if isHead {
            return Response(
                status: .ok, headers: headers,
                body: .init(contentLength: bytes.count) { try await $0.finish(nil) })
        }
        guard case .half(let gate) = fault else {
            return Response(status: .ok, headers: headers, body: .init(byteBuffer: whole))
        }
        return Response(
            status: .ok, headers: headers,
            body: .init(contentLength: bytes.count) { writer in
                var rest = whole
                if let first = rest.readSlice(length: half) { try await writer.write(first) }
                await gate.pass()
                try await writer.write(rest)
                try await writer.finish(nil)
            })
    }

    private static func response(_ code: Int, _ headers: [String: String]) -> Response {
        var fields = HTTPFields()
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        return Response(status: .init(code: code), headers: fields)
    }
}
