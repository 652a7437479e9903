import AsyncHTTPClient
import ControlAPI
import FoundationEssentials
import Glibc
import NIOCore
import NIOHTTP1

/// Talks to a daemon's control API.
///
/// All calls throw ``CommandError``: what the daemon answered, or that it cannot be reached.
struct ControlClient: Sendable {
    let address: DaemonAddress
    private let http: HTTPClient

    /// Opens a client for the length of `body`; the first call connects.
    static func connected<Result>(
        to address: DaemonAddress, _ body: (ControlClient) async throws -> Result
    ) async throws -> Result {
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = .seconds(5)
        // A daemon that is not there is news to tell at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        return try await HTTPClient.withHTTPClient(configuration: configuration) { http in
            try await body(ControlClient(address: address, http: http))
        }
    }

    /// One request.
    struct Call {
        enum Method: String { case GET, POST, PUT, DELETE }

        enum Body {
            case none
            case json(any Encodable & Sendable)
            /// - length: the number of bytes, where it is known.
            case stream(UploadStream, length: Int64?)
        }

        var method = Method.GET
        /// Behind `/api/v1`; its components are percent-encoded.
        var path: String
        var query: [(name: String, value: String)] = []
        var body = Body.none

        /// - Parameter components: of the path, as they are.
        init(_ method: Method, _ components: String..., query: [(String, String?)] = [], body: Body = .none) {
            self.method = method
            path = components.map { "/" + DaemonAddress.percentEncoded($0) }.joined()
            self.query = query.compactMap { name, value in value.map { (name, $0) } }
            self.body = body
        }
    }

    /// What the daemon answers to the call.
    func answer<Record: Decodable>(to call: Call, as type: Record.Type = Record.self) async throws -> Record {
        let bytes = try await collected(try await response(to: call).body)
        do { return try JSONDecoder().decode(Record.self, from: bytes) } catch {
            throw CommandError(
                "the daemon's answer to `\(call.method.rawValue) \(call.path)` cannot be read: \(error)",
                hint: "compare the versions with `slipway version`", status: .failed)
        }
    }

    /// Makes the call; what it answers counts for nothing.
    func perform(_ call: Call) async throws { _ = try await collected(try await response(to: call).body) }

    /// The answer's bytes as they arrive.
    func stream(_ call: Call) async throws -> HTTPClientResponse.Body { try await response(to: call).body }

    /// The next bytes of an answer that is streamed; `nil` at its end.
    func next(_ buffers: inout HTTPClientResponse.Body.AsyncIterator) async throws -> ByteBuffer? {
        do { return try await buffers.next(isolation: #isolation) } catch { throw lost(error) }
    }

    /// The error for a connection that was not made, or was lost.
    func lost(_ error: any Error) -> any Error {
        if error is CommandError || error is CancellationError { return error }
        let code = (error as? IOError)?.errnoCode
        switch (address, code) {
        case (.socket(let path), EACCES), (.socket(let path), EPERM):
            return CommandError(
                "this user may not talk to the daemon on `\(path)`",
                hint: "run the command as the user who started the daemon", status: .unreachable)
        case (.socket(let path), _):
            let directory = path.hasSuffix("/slipway.sock") ? String(path.dropLast(13)) : "DIR"
            return CommandError(
                "could not reach the daemon on `\(path)`\(Self.reason(code))",
                hint: "start it with `slipway serve --data \(directory)`", status: .unreachable)
        case (.url(let url), _):
            return CommandError(
                "could not reach the daemon on `\(url)`: \(error)",
                hint: "start it with `slipway serve`, or name another with `--host URL`", status: .unreachable
            )
        }
    }

    private static func reason(_ code: CInt?) -> String {
        switch code {
        case ENOENT: ": there is no such socket"
        case ECONNREFUSED: ": nobody answers there"
        default: ""
        }
    }

    private func response(to call: Call) async throws -> HTTPClientResponse {
        let request = try request(for: call)
        let response: HTTPClientResponse
        // Uploads and logs take as long as they take.
        do { response = try await http.execute(request, deadline: .distantFuture) } catch {
            throw lost(error)
        }
        guard response.status.code >= 400 else { return response }
        let bytes = try await collected(response.body)
        // An answer that is no record of ours may come from a proxy, or not from a daemon at all.
        let failure = try? JSONDecoder().decode(FailureRecord.self, from: bytes)
        throw CommandError(
            failure
                ?? FailureRecord(message: "`\(address)` answered \(response.status) to `\(call.path)`"),
            httpStatus: response.status.code)
    }

    private func request(for call: Call) throws -> HTTPClientRequest {
        var request = HTTPClientRequest(
            url: address.url(path: SlipwayVersion.apiPrefix + call.path, query: call.query))
        request.method = HTTPMethod(rawValue: call.method.rawValue)
        switch call.body {
        case .none: break
        case .json(let value):
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(value)))
        case .stream(let stream, let length):
            request.headers.add(name: "Content-Type", value: "application/x-tar")
            request.body = .stream(stream, length: length.map { .known($0) } ?? .unknown)
        }
        return request
    }

    private func collected(_ body: HTTPClientResponse.Body) async throws -> Data {
        do { return Data(try await body.collect(upTo: 64 << 20).readableBytesView) } catch {
            throw lost(error)
        }
    }
}
