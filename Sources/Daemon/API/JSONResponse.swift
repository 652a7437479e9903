import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore

/// An answer of the control API.
func jsonResponse(_ value: some Encodable, _ status: HTTPResponse.Status = .ok) throws -> Response {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let bytes = try encoder.encode(value)
    return Response(
        status: status, headers: [.contentType: "application/json"],
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
}

/// The largest body of a request that is not an archive, in bytes.
let maximumDocumentSize = 4 << 20

extension Request {
    /// The body as JSON; throws `DecodingError` where it is not what was expected.
    func document<Value: Decodable>(_: Value.Type) async throws -> Value {
        let buffer = try await body.collect(upTo: maximumDocumentSize)
        return try JSONDecoder().decode(Value.self, from: Data(buffer.readableBytesView))
    }

    func query(_ name: String) -> String? { uri.queryParameters[Substring(name)].map(String.init) }

    func queries(_ name: String) -> [String] { uri.queryParameters[values: Substring(name)].map(String.init) }
}
