import Blobs
import HTTPTypes
import Hummingbird
import OCI

extension RegistryRoutes {
    func answer(
        _ request: Request, blob digest: Digest, in repository: RepositoryName
    ) async throws -> Response {
        switch request.method {
        case .get, .head: return try await read(digest, in: repository, request)
        case .delete:
            try await store.removeBlob(digest, from: repository)
            return Response(status: .accepted)
        default: throw RegistryError.unsupportedMethod(request.method.rawValue)
        }
    }

    private func read(
        _ digest: Digest, in repository: RepositoryName, _ request: Request
    ) async throws -> Response {
        guard let size = try await store.blobSize(digest, in: repository) else {
            throw RegistryError.blobUnknown(digest, repository)
        }
        var headers: HTTPFields = [
            .acceptRanges: "bytes",
            .contentType: "application/octet-stream",
            .dockerContentDigest: digest.description,
            .eTag: "\"\(digest)\"",
        ]
        if request.knows("\"\(digest)\"") { return Response(bodiless: .notModified, headers: headers) }
        switch ByteRange(request.headers[.range], size: size) {
        case .all:
            return Response(
                status: .ok, headers: headers, body: try body(of: digest, 0..<size, in: repository))
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
            return Response(
                status: .partialContent, headers: headers, body: try body(of: digest, range, in: repository))
        case .unsatisfiable: throw RegistryError.rangeNotSatisfiable(size: size)
        }
    }

    private func body(
        of digest: Digest, _ range: Range<Int64>, in repository: RepositoryName
    ) throws -> ResponseBody {
        let chunks: BlobChunks
        do { chunks = try store.blobs.chunks(of: digest, in: range) } catch  where error.reason == .unknown {
            // Its file is lost; a client that is told so pushes the blob again, and all is well.
            throw RegistryError.blobUnknown(digest, repository)
        }
        return ResponseBody(contentLength: Int(chunks.size)) { writer in
            for try await chunk in chunks { try await writer.write(chunk) }
            try await writer.finish(nil)
        }
    }
}
