import AsyncHTTPClient
import Blobs
import NIOCore
import NIOHTTP1
import OCI

/// An upload that a registry has opened (OCI distribution specification, "Pushing blobs").
struct UploadSession: Sendable {
    /// Where the next request goes; changes with each answer.
    var address: Address
    /// The number of bytes that the registry has.
    var offset: Int64 = 0
    /// The size of the pieces, in bytes.
    var chunk: Int64
}

extension PushJob {
    /// Opens an upload; `nil` where the blob was mounted from another repository instead.
    func open(for digest: Digest) async throws -> UploadSession? {
        guard let mount = mount(of: digest) else { return try await openPlain(for: digest) }
        do {
            let answer = try await client.answer(to: mount)
            await answer.drain()
            return answer.status == .created ? nil : try session(after: answer, mount.purpose)
        } catch let error as RegistryError where !error.isTransient {
            // Whoever may not read the source, or whose registry mounts nothing, can still send the bytes.
            return try await openPlain(for: digest)
        }
    }

    private func openPlain(for digest: Digest) async throws -> UploadSession {
        let exchange = opening(digest)
        let answer = try await client.answer(to: exchange)
        await answer.drain()
        return try session(after: answer, exchange.purpose)
    }

    private func opening(_ digest: Digest) -> Exchange {
        let uploads = client.address(repository, "blobs/uploads/")
        var exchange = exchange("start the upload of", digest, uploads)
        exchange.method = .POST
        exchange.accepted = [.accepted]
        return exchange
    }

    private func mount(of digest: Digest) -> Exchange? {
        guard let source = sources[digest], source.registry == repository.registry,
            source.repository != repository.repository
        else { return nil }
        var exchange = opening(digest)
        exchange.address = exchange.address.adding("mount", digest.description)
            .adding("from", source.repository.description)
        exchange.scopes = exchange.scopes.union(.repository(source.repository, "pull"))
        exchange.accepted = [.created, .accepted]
        return exchange
    }

    private func session(after answer: Answer, _ purpose: Purpose) throws -> UploadSession {
        guard let location = answer.headers.first(name: "Location").flatMap({ answer.address.resolving($0) })
        else {
            throw RegistryError(
                .invalid, purpose, message: "`\(repository.registry)` does not say where to upload to")
        }
        let least = answer.headers.first(name: "OCI-Chunk-Min-Length").flatMap { Int64($0) } ?? 1
        return UploadSession(address: location, chunk: max(client.configuration.uploadChunk, least, 1))
    }

    /// Sends what the registry does not have yet, and ends the upload.
    ///
    /// Throws ``BrokenTransfer`` where going on may help.
    func upload(_ digest: Digest, size: Int64, through session: inout UploadSession) async throws {
        // A small blob goes with the request that ends the upload.
        let isWhole = session.offset == 0 && size <= session.chunk
        while !isWhole, session.offset < size {
            try await sendChunk(
                of: digest, session.offset..<min(session.offset + session.chunk, size), through: &session)
        }
        var exchange = exchange("upload", digest, session.address.adding("digest", digest.description))
        exchange.method = .PUT
        exchange.accepted = [.created, .ok, .noContent, .accepted]
        if isWhole { try attach(digest, 0..<size, to: &exchange) }
        let answer = try await sendOnce(exchange)
        await answer.drain()
    }

    private func sendChunk(
        of digest: Digest, _ range: Range<Int64>, through session: inout UploadSession
    ) async throws {
        var exchange = exchange("upload", digest, session.address)
        exchange.method = .PATCH
        exchange.accepted = [.accepted, .ok, .noContent, .created]
        exchange.headers.add(name: "Content-Range", value: "\(range.lowerBound)-\(range.upperBound - 1)")
        try attach(digest, range, to: &exchange)
        let answer = try await sendOnce(exchange)
        await answer.drain()
        session.follow(answer)
        session.offset = answer.received ?? range.upperBound
        guard session.offset > range.lowerBound, session.offset <= range.upperBound else {
            throw BrokenTransfer(
                exchange.purpose,
                "`\(repository.registry)` took \(session.offset) bytes in all "
                    + "of the \(range.upperBound) sent")
        }
    }

    private func attach(_ digest: Digest, _ range: Range<Int64>, to exchange: inout Exchange) throws {
        let chunks = try store.chunks(of: digest, in: range)
        exchange.headers.add(name: "Content-Type", value: "application/octet-stream")
        exchange.body = .stream(chunks, length: .known(chunks.size))
        exchange.bodySize = chunks.size
    }

    /// Sends a request that must not be sent again as it is: what came of it is to be asked first.
    private func sendOnce(_ exchange: Exchange) async throws -> Answer {
        var exchange = exchange
        exchange.isRepeatable = false
        do { return try await client.answer(to: exchange) } catch let error as RegistryError {
            // The registry may have forgotten the upload, or have more or less of it than was thought.
            let isLost = error.reason == .notFound || error.status == 416
            throw error.isTransient || isLost ? BrokenTransfer(reason: error) : error
        }
    }

    /// Asks how much the registry has, or opens another upload where it has forgotten this one.
    func resume(_ session: UploadSession, of digest: Digest) async throws -> UploadSession {
        var exchange = exchange("resume the upload of", digest, session.address)
        exchange.accepted = [.noContent, .ok, .accepted]
        do {
            let answer = try await client.answer(to: exchange)
            await answer.drain()
            var session = session
            session.follow(answer)
            // One byte and none look alike in a `Range`; a registry that does have one refuses what comes next.
            session.offset = answer.received.map { $0 > 1 ? $0 : 0 } ?? 0
            return session
        } catch let error as RegistryError where !error.isTransient {
            return try await openPlain(for: digest)
        }
    }
}

extension UploadSession {
    fileprivate mutating func follow(_ answer: Answer) {
        if let next = answer.headers.first(name: "Location").flatMap({ answer.address.resolving($0) }) {
            address = next
        }
    }
}

extension Answer {
    /// How many bytes of an upload the registry has, where it says so: `Range: 0-99` is a hundred.
    fileprivate var received: Int64? {
        guard let text = headers.first(name: "Range"), let dash = text.lastIndex(of: "-"),
            let last = Int64(text[text.index(after: dash)...])
        else { return nil }
        return last + 1
    }
}
