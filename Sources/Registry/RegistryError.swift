import HTTPTypes
package import Hummingbird
import NIOCore
package import OCI

/// Why the registry did not do as it was asked; it knows its status and its code (OCI distribution specification,
/// "Error Codes").
package enum RegistryError: Error, Hashable, CustomStringConvertible {
    case unknownPath(String)
    case unsupportedMethod(String)
    case malformedName(String)
    case malformedDigest(String)
    case malformedTag(String)
    case malformedPage(String)
    case unknownRepository(RepositoryName)
    case blobUnknown(Digest, RepositoryName)
    case blobInUse(Digest, by: Digest)
    case rangeNotSatisfiable(size: Int64)
    case uploadUnknown(String)
    case uploadOutOfOrder(UploadID, RepositoryName, size: Int64)
    case uploadMalformed(String)
    case sizeMismatch(expected: Int64, found: Int64)
    case digestMismatch(String)
    case manifestUnknown(ManifestReference, RepositoryName)
    case manifestInvalid(String)
    case manifestTooLarge(limit: Int)
    case manifestBlobUnknown([Digest])
    case descriptorSizeWrong(Digest, size: Int64, said: Int64)
    case storageFull
    case damagedRow(String)
    case failed

    package var description: String {
        switch self {
        case .unknownPath(let path): "no endpoint of a registry has the path `\(path)`"
        case .unsupportedMethod(let method): "the method `\(method)` is not for this path"
        case .malformedName(let why), .malformedDigest(let why), .malformedTag(let why),
            .malformedPage(let why), .uploadMalformed(let why), .digestMismatch(let why),
            .manifestInvalid(let why):
            why
        case .unknownRepository(let repository): "no repository named `\(repository)`"
        case .blobUnknown(let digest, let repository): "no blob `\(digest)` in `\(repository)`"
        case .blobInUse(let digest, let manifest):
            "the blob `\(digest)` is part of the manifest `\(manifest)`: delete that first"
        case .rangeNotSatisfiable(let size): "the range lies outside of the blob's \(size) bytes"
        case .uploadUnknown(let id): "no upload `\(id)` is under way: start a new one"
        case .uploadOutOfOrder(_, _, let size):
            "the piece does not follow on: the next byte is number \(size)"
        case .sizeMismatch(let expected, let found): "\(expected) bytes were announced, and \(found) came"
        case .manifestUnknown(let reference, let repository):
            "no manifest `\(reference)` in `\(repository)`"
        case .manifestTooLarge(let limit): "the manifest has more than \(limit) bytes"
        case .manifestBlobUnknown(let digests):
            "the repository lacks what the manifest refers to: "
                + digests.map { "`\($0)`" }.joined(separator: ", ")
        case .descriptorSizeWrong(let digest, let size, let said):
            "`\(digest)` has \(size) bytes, and the manifest says \(said)"
        case .storageFull: "the registry's disk is full: nothing of the request was kept"
        case .damagedRow(let why): "the database holds what this program never writes: \(why)"
        case .failed: "the registry failed: its log says why"
        }
    }

    /// The code in the answer's JSON.
    package var code: String {
        switch self {
        case .unknownPath, .unsupportedMethod, .malformedPage, .blobInUse: "UNSUPPORTED"
        case .malformedName: "NAME_INVALID"
        case .unknownRepository: "NAME_UNKNOWN"
        case .malformedDigest, .digestMismatch: "DIGEST_INVALID"
        case .blobUnknown: "BLOB_UNKNOWN"
        case .rangeNotSatisfiable, .sizeMismatch, .descriptorSizeWrong, .manifestTooLarge: "SIZE_INVALID"
        case .uploadUnknown: "BLOB_UPLOAD_UNKNOWN"
        case .uploadOutOfOrder, .uploadMalformed: "BLOB_UPLOAD_INVALID"
        case .malformedTag, .manifestUnknown: "MANIFEST_UNKNOWN"
        case .manifestInvalid: "MANIFEST_INVALID"
        case .manifestBlobUnknown: "MANIFEST_BLOB_UNKNOWN"
        case .storageFull, .damagedRow, .failed: "UNKNOWN"
        }
    }
}

extension RegistryError: HTTPResponseError {
    package var status: HTTPResponse.Status {
        switch self {
        case .unknownPath, .unknownRepository, .blobUnknown, .uploadUnknown, .manifestUnknown, .malformedTag:
            .notFound
        case .unsupportedMethod, .blobInUse: .methodNotAllowed
        case .malformedName, .malformedDigest, .malformedPage, .uploadMalformed, .sizeMismatch,
            .digestMismatch, .manifestInvalid, .manifestBlobUnknown, .descriptorSizeWrong:
            .badRequest
        case .rangeNotSatisfiable, .uploadOutOfOrder: .rangeNotSatisfiable
        case .manifestTooLarge: .contentTooLarge
        case .storageFull: HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")
        case .damagedRow, .failed: .internalServerError
        }
    }

    private var headers: HTTPFields {
        switch self {
        case .rangeNotSatisfiable(let size): [.contentRange: "bytes */\(size)"]
        case .uploadOutOfOrder(let id, let repository, let size): .upload(id, in: repository, size: size)
        default: [:]
        }
    }

    /// The answer in the specification's JSON.
    var response: Response {
        let error = JSONValue.object(["code": .string(code), "message": .string(description)])
        let document = JSONValue.object(["errors": .array([error])])
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(
            status: status, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: document.canonical)))
    }

    package func response(from request: Request, context: some RequestContext) -> Response {
        request.method == .head ? response.createHeadResponse() : response
    }
}
