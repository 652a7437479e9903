import Blobs
import HTTPTypes
import Hummingbird
import OCI

extension RegistryRoutes {
    /// Mounts a blob, takes a whole one, or starts an upload, as the query says.
    func startUpload(in repository: RepositoryName, _ request: Request) async throws -> Response {
        if let mounted = try await mount(into: repository, request) { return mounted }
        if request.parameter("digest") != nil {
            let digest = try wantedDigest(request)
            let upload = BlobUpload(store: store.blobs, algorithm: digest.algorithm)
            try await receive(request, into: upload)
            return try await finish(upload, as: digest, in: repository)
        }
        var algorithm = Digest.Algorithm.sha256
        if let text = request.parameter("digest-algorithm") {
            guard let wanted = Digest.Algorithm(rawValue: text) else {
                throw RegistryError.malformedDigest(
                    "`\(text)` is no algorithm known here: expected `sha256` or `sha512`")
            }
            algorithm = wanted
        }
        let id = await uploads.start(in: repository, algorithm: algorithm)
        return Response(status: .accepted, headers: .upload(id, in: repository, size: 0))
    }

    func answer(
        _ request: Request, upload id: UploadID, in repository: RepositoryName
    ) async throws -> Response {
        try await uploads.with(id, in: repository) { upload in
            do {
                return try await answer(request, upload, id, in: repository)
            } catch let error as UploadError {
                guard case .outOfOrder(let size) = error else { throw error }
                throw RegistryError.uploadOutOfOrder(id, repository, size: size)
            } catch let error as BlobError {
                // What was written is of unknown length or of another digest: none of it can be built upon.
                await uploads.end(id)
                throw error
            }
        }
    }

    private func answer(
        _ request: Request, _ upload: BlobUpload, _ id: UploadID, in repository: RepositoryName
    ) async throws -> Response {
        switch request.method {
        case .get, .head:
            return Response(
                bodiless: .noContent, headers: .upload(id, in: repository, size: await upload.size))
        case .patch:
            try await receive(request, into: upload)
            return Response(
                status: .accepted, headers: .upload(id, in: repository, size: await upload.size))
        case .put:
            let digest = try wantedDigest(request)
            try await receive(request, into: upload)
            // Whatever comes of it, nothing can follow: the session ends here.
            await uploads.end(id)
            return try await finish(upload, as: digest, in: repository)
        case .delete:
            await upload.cancel()
            await uploads.end(id)
            return Response(bodiless: .noContent)
        default: throw RegistryError.unsupportedMethod(request.method.rawValue)
        }
    }

    /// Returns `nil` where nothing can be mounted, and the client is to upload.
    private func mount(into repository: RepositoryName, _ request: Request) async throws -> Response? {
        guard let text = request.parameter("mount"), let source = request.parameter("from") else {
            return nil
        }
        let (digest, name): (Digest, RepositoryName)
        do { digest = try Digest(text) } catch { throw RegistryError.malformedDigest("\(error)") }
        do { name = try RepositoryName(source) } catch { throw RegistryError.malformedName("\(error)") }
        guard try await store.mount(digest, from: name, into: repository) else { return nil }
        return Response(status: .created, headers: .blob(digest, in: repository))
    }

    private func wantedDigest(_ request: Request) throws(RegistryError) -> Digest {
        guard let text = request.parameter("digest") else {
            throw .malformedDigest("the query lacks `digest`, the whole blob's digest")
        }
        do { return try Digest(text) } catch { throw .malformedDigest("\(error)") }
    }

    /// Writes a request's body behind what has come of the upload, a piece at a time.
    ///
    /// Each piece is told where it belongs, so that two requests at once cannot mix. Where the connection breaks,
    /// what has come stays, for the client to go on from.
    private func receive(_ request: Request, into upload: BlobUpload) async throws {
        var offset = await upload.size
        var announced = request.headers[.contentLength].flatMap { Int64($0) }
        if let header = request.headers[.contentRange] {
            let range = try ContentRange(header)
            guard range.first == offset else { throw UploadError.outOfOrder(expected: offset) }
            if let announced, announced != range.count {
                throw RegistryError.sizeMismatch(expected: range.count, found: announced)
            }
            announced = range.count
        }
        var received: Int64 = 0
        try await request.forEachPiece { piece in
            received += Int64(piece.readableBytes)
            if let announced, received > announced {
                throw RegistryError.sizeMismatch(expected: announced, found: received)
            }
            try await upload.append(piece, at: offset)
            offset += Int64(piece.readableBytes)
        }
        if let announced, received < announced {
            throw RegistryError.sizeMismatch(expected: announced, found: received)
        }
    }

    private func finish(
        _ upload: BlobUpload, as digest: Digest, in repository: RepositoryName
    ) async throws -> Response {
        let size = try await upload.finish(expecting: digest)
        try await store.link(digest, size: size, into: repository)
        return Response(status: .created, headers: .blob(digest, in: repository))
    }
}
