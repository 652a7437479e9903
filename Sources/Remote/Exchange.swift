import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import OCI

/// One request to a registry, to be sent as often as it takes.
struct Exchange: Sendable {
    let purpose: Purpose
    var method = HTTPMethod.GET
    var address: Address
    var headers = HTTPHeaders()
    var body: HTTPClientRequest.Body?
    /// The body's size in bytes: a long one gets more time.
    var bodySize: Int64 = 0
    /// What a token for it must allow.
    var scopes: AccessScopes
    /// The answers that are no errors.
    var accepted: Set<HTTPResponseStatus> = [.ok]
    /// Whether sending it a second time does no harm.
    var isRepeatable = true

    init(
        _ operation: String, at reference: ImageReference, _ address: Address, allowing actions: String
    ) {
        purpose = Purpose(operation, at: reference.registry)
        self.address = address
        scopes = .repository(reference.repository, actions)
    }
}

/// What came back, and from where.
struct Answer: Sendable {
    let response: HTTPClientResponse
    let address: Address

    var status: HTTPResponseStatus { response.status }
    var headers: HTTPHeaders { response.headers }

    /// Reads a body that is to be thrown away, so that its connection can serve again.
    func drain() async {
        // A body that does not end well costs only the connection.
        _ = try? await response.body.collect(upTo: 64 << 10)
    }
}
