import HTTPTypes
import Hummingbird
import NIOCore
import OCI

extension RegistryRoutes {
    func answer(
        _ request: Request, manifest reference: ManifestReference, in repository: RepositoryName
    ) async throws -> Response {
        switch request.method {
        case .get, .head: return try await readManifest(reference, in: repository, request)
        case .put: return try await takeManifest(reference, in: repository, request)
        case .delete:
            switch reference {
            case .tag(let tag): try await store.remove(tag, from: repository)
            case .digest(let digest): try await store.removeManifest(digest, from: repository)
            }
            return Response(status: .accepted)
        default: throw RegistryError.unsupportedMethod(request.method.rawValue)
        }
    }

    private func readManifest(
        _ reference: ManifestReference, in repository: RepositoryName, _ request: Request
    ) async throws -> Response {
        let manifest = try await store.manifest(reference, in: repository)
        let headers: HTTPFields = [
            .contentType: manifest.mediaType.description,
            .dockerContentDigest: manifest.digest.description,
            .eTag: "\"\(manifest.digest)\"",
        ]
        if request.knows("\"\(manifest.digest)\"") {
            return Response(bodiless: .notModified, headers: headers)
        }
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody(byteBuffer: try await store.bytes(of: manifest)))
    }

    private func takeManifest(
        _ reference: ManifestReference, in repository: RepositoryName, _ request: Request
    ) async throws -> Response {
        let bytes = try await collectManifest(request)
        // Parameters behind the type say nothing here (distribution specification, "Pushing Manifests").
        let type = request.headers[.contentType].map { $0.prefix { $0 != ";" && $0 != " " } }
        let document: ManifestDocument
        let tags: [Tag]
        switch reference {
        case .tag(let tag):
            document = try ManifestDocument(bytes, mediaType: type.map { OCI.MediaType(String($0)) })
            tags = [tag]
        case .digest(let digest):
            document = try ManifestDocument(
                bytes, mediaType: type.map { OCI.MediaType(String($0)) }, algorithm: digest.algorithm)
            guard document.digest == digest else {
                throw RegistryError.digestMismatch(
                    "the manifest has the digest `\(document.digest)`, not `\(digest)`")
            }
            tags = try request.uri.queryParameters[values: "tag"].map { text in
                do { return try Tag(text) } catch { throw RegistryError.manifestInvalid("\(error)") }
            }
        }
        try await store.put(document, into: repository, tags: tags)
        return Response(status: .created, headers: headers(for: document, reference, tags, in: repository))
    }

    private func headers(
        for document: ManifestDocument, _ reference: ManifestReference, _ tags: [Tag],
        in repository: RepositoryName
    ) -> HTTPFields {
        var headers: HTTPFields = [
            .location: "/v2/\(repository)/manifests/\(document.digest)",
            .dockerContentDigest: document.digest.description,
        ]
        if let subject = document.subject { headers[.ociSubject] = subject.description }
        if case .digest = reference, !tags.isEmpty {
            headers[.ociTag] = tags.map(\.description).joined(separator: ", ")
        }
        return headers
    }

    private func collectManifest(_ request: Request) async throws -> [UInt8] {
        var bytes = ByteBuffer()
        try await request.forEachPiece { piece in
            guard bytes.readableBytes + piece.readableBytes <= ManifestDocument.sizeLimit else {
                throw RegistryError.manifestTooLarge(limit: ManifestDocument.sizeLimit)
            }
            bytes.writeImmutableBuffer(piece)
        }
        return Array(bytes.readableBytesView)
    }
}
