import AsyncHTTPClient
import Cryptography
import NIOCore
import NIOHTTP1
package import OCI

/// A manifest or index as a registry gave it.
package struct FetchedManifest: Hashable, Sendable {
    /// Type, digest and size of `bytes`.
    package let descriptor: Descriptor
    /// Exactly what came: the digest is theirs.
    package let bytes: [UInt8]
}

extension RegistryClient {
    /// What a name points at, without fetching it; `nil` where the registry does not have it.
    ///
    /// One `HEAD` request, and a `GET` where its answer lacks the digest, the type or the size.
    package func resolve(_ reference: ImageReference) async throws -> Descriptor? {
        var exchange = manifestExchange("look up `\(reference.familiar)`", reference)
        exchange.method = .HEAD
        // Some registries know no HEAD, and say so.
        exchange.accepted = [.ok, .notFound, .methodNotAllowed]
        let answer = try await self.answer(to: exchange)
        await answer.drain()
        if answer.status == .notFound { return nil }
        let headers = answer.headers
        // A digest that cannot be read here counts as missing: the bytes decide.
        if answer.status == .ok,
            let digest = headers.first(name: "Docker-Content-Digest").flatMap({ try? Digest($0) }),
            let size = headers.first(name: "Content-Length").flatMap({ Int64($0) }), size > 0,
            let type = mediaType(headers)
        {
            guard reference.digest == nil || reference.digest == digest else {
                throw mismatch(exchange.purpose, "the digest \(digest)")
            }
            return Descriptor(mediaType: type, digest: digest, size: size)
        }
        do { return try await manifest(reference).descriptor } catch let error as RegistryError {
            if error.reason == .notFound { return nil }
            throw error
        }
    }

    /// A manifest or index, whole; its bytes have the reference's digest, where that has one.
    ///
    /// Throws ``RegistryError`` with the reason `notFound` where the registry does not have it, and `corrupt` where
    /// the bytes are others.
    package func manifest(_ reference: ImageReference) async throws -> FetchedManifest {
        let exchange = manifestExchange("fetch the manifest of `\(reference.familiar)`", reference)
        let answer = try await self.answer(to: exchange)
        let bytes = try await document(of: answer, exchange.purpose)
        let named =
            reference.digest
            ?? answer.headers.first(name: "Docker-Content-Digest").flatMap { try? Digest($0) }
        let digest = try Digest(of: bytes, named?.algorithm ?? .sha256)
        guard named == nil || named == digest else {
            throw mismatch(exchange.purpose, "\(bytes.count) bytes with the digest \(digest)")
        }
        let type = documentType(bytes) ?? mediaType(answer.headers) ?? .ociManifest
        return FetchedManifest(
            descriptor: Descriptor(mediaType: type, digest: digest, size: Int64(bytes.count)), bytes: bytes)
    }

    private func manifestExchange(_ operation: String, _ reference: ImageReference) -> Exchange {
        let name = reference.digest?.description ?? (reference.tag ?? .latest).description
        var exchange = Exchange(
            operation, at: reference, address(reference, "manifests/\(name)"), allowing: "pull")
        for type in MediaType.manifests { exchange.headers.add(name: "Accept", value: type.description) }
        return exchange
    }

    private func mediaType(_ headers: HTTPHeaders) -> MediaType? {
        guard let text = headers.first(name: "Content-Type")?.prefix(while: { $0 != ";" }) else { return nil }
        let type = MediaType(String(text.trimmed))
        // A server that does not know the types calls every document `application/json`.
        return type.isIndex || type.isManifest || type.description.contains("vnd.") ? type : nil
    }

    /// What a manifest says of itself, or its fields show.
    func documentType(_ bytes: [UInt8]) -> MediaType? {
        // What is no JSON is found out by who reads the document.
        guard let document = try? JSONValue(parsing: bytes).object else { return nil }
        if let type = document["mediaType"]?.string { return MediaType(type) }
        if document["manifests"] != nil { return .ociIndex }
        return document["config"] != nil ? .ociManifest : nil
    }

    private func mismatch(_ purpose: Purpose, _ sent: String) -> RegistryError {
        RegistryError(.corrupt, purpose, message: "`\(purpose.registry)` sent \(sent)")
    }

    /// A document's bytes, at most as many as the configuration allows.
    func document(of answer: Answer, _ purpose: Purpose) async throws -> [UInt8] {
        let limit = configuration.longestDocument
        do {
            let body = try await answer.response.body.collect(upTo: Int(limit))
            return Array(body.readableBytesView)
        } catch is NIOTooManyBytesError {
            throw RegistryError(
                .invalid, purpose,
                message: "`\(purpose.registry)` sent a document of more than \(limit) bytes")
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw NetworkFault.explain(error, purpose, answer.address.origin) ?? error
        }
    }
}
