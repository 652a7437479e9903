import HTTPTypes
package import Hummingbird
package import Logging
import NIOCore
import OCI

/// The registry's HTTP interface: OCI distribution specification 1.1, with `_catalog` as Docker has it.
///
/// It keeps the uploads under way, so a daemon has one of these. A `HEAD` is answered as a `GET` whose body is left
/// out.
package struct RegistryRoutes: Sendable {
    let store: RegistryStore
    let uploads: UploadSessions
    private let logger: Logger

    /// - Parameter idleLimit: how long an upload that nobody touches is kept.
    package init<Time: Clock>(
        store: RegistryStore, logger: Logger, idleLimit: Duration = .seconds(3600),
        clock: Time = ContinuousClock()
    ) where Time.Duration == Duration {
        self.store = store
        self.logger = logger
        uploads = UploadSessions(blobs: store.blobs, idleLimit: idleLimit, clock: clock)
    }

    /// Takes over everything under `/v2`.
    package func add(to router: some RouterMethods) {
        for method in [HTTPRequest.Method.get, .head, .post, .put, .patch, .delete] {
            for path in ["/v2", "/v2/**"] as [RouterPath] {
                router.on(path, method: method) { request, _ in try await respond(to: request) }
            }
        }
    }

    /// Answers one request; throws only when the connection broke while the request came.
    package func respond(to request: Request) async throws -> Response {
        var response: Response
        do {
            response = try await answer(request)
        } catch let interruption as InterruptedBody {
            throw interruption.cause
        } catch {
            response = refusal(for: error, request).response
        }
        response.headers[.dockerDistributionAPIVersion] = "registry/2.0"
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func refusal(for error: any Error, _ request: Request) -> RegistryError {
        let refusal = RegistryError(error)
        if refusal == nil || refusal?.status.kind == .serverError {
            logger.error(
                "The registry could not answer a request",
                metadata: [
                    "method": "\(request.method)", "path": "\(request.uri.path)", "error": "\(error)",
                ])
        }
        return refusal ?? .failed
    }

    private func answer(_ request: Request) async throws -> Response {
        switch try Endpoint(path: request.uri.path) {
        case .base: try await only(.get, request) { Response(json: .object([:])) }
        case .catalog: try await only(.get, request) { try await listRepositories(request) }
        case .tags(let name): try await only(.get, request) { try await listTags(of: name, request) }
        case .referrers(let name, let digest):
            try await only(.get, request) { try await listReferrers(of: digest, in: name, request) }
        case .manifest(let name, let reference): try await answer(request, manifest: reference, in: name)
        case .blob(let name, let digest): try await answer(request, blob: digest, in: name)
        case .uploads(let name): try await only(.post, request) { try await startUpload(in: name, request) }
        case .upload(let name, let id): try await answer(request, upload: id, in: name)
        }
    }

    /// Refuses all methods but one, and `HEAD` beside `GET`.
    private func only(
        _ method: HTTPRequest.Method, _ request: Request, _ body: () async throws -> Response
    ) async throws -> Response {
        guard request.isRead ? method == .get : request.method == method else {
            throw RegistryError.unsupportedMethod(request.method.rawValue)
        }
        return try await body()
    }
}

/// The connection broke before the request's body was whole: the server deals with what lies under it.
struct InterruptedBody: Error {
    let cause: any Error
}

extension Request {
    /// Takes the body a piece at a time, as it comes.
    ///
    /// Throws ``InterruptedBody`` when the connection breaks, and what `take` throws.
    func forEachPiece(_ take: (ByteBuffer) async throws -> Void) async throws {
        var refusal: (any Error)?
        do {
            for try await piece in body {
                do { try await take(piece) } catch {
                    refusal = error
                    throw error
                }
            }
        } catch {
            throw refusal ?? InterruptedBody(cause: error)
        }
    }

    var isRead: Bool { method == .get || method == .head }

    func parameter(_ name: Substring) -> String? { uri.queryParameters[name].map(String.init) }

    /// Whether the client has what bears this tag.
    func knows(_ eTag: String) -> Bool {
        headers[values: .ifNoneMatch].contains { $0 == eTag || $0 == "*" }
    }
}

extension Response {
    init(
        json: JSONValue, contentType: String = "application/json", headers: HTTPFields = [:]
    ) {
        var headers = headers
        headers[.contentType] = contentType
        self.init(
            status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.canonical)))
    }

    /// An answer that has no body and may not say how long it is (RFC 9110, section 8.6).
    init(bodiless status: HTTPResponse.Status, headers: HTTPFields = [:]) {
        self.init(status: status, headers: headers)
        self.headers[.contentLength] = nil
    }
}
