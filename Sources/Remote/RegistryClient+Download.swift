import AsyncHTTPClient
import Blobs
import NIOCore
import NIOHTTP1
import OCI

extension RegistryClient {
    /// Fetches one blob; a transfer that breaks goes on where it broke, where the registry can do that.
    ///
    /// Nothing is stored unless size and digest are right.
    func download(
        _ blob: Descriptor, from reference: ImageReference, into store: BlobStore,
        _ progress: TransferProgress? = nil
    ) async throws {
        let upload = BlobUpload(store: store)
        let exchange = Exchange(
            "fetch the blob \(blob.digest) of `\(reference.registry)/\(reference.repository)`",
            at: reference, address(reference, "blobs/\(blob.digest)"), allowing: "pull")
        var failures = 0
        while await upload.size < blob.size || blob.size == 0 {
            do {
                try await receive(blob, exchange, into: upload, progress)
                break
            } catch let error as BrokenTransfer {
                failures += 1
                guard failures <= configuration.resumptions else { throw error.reason }
                try await pause(after: error.reason, attempt: failures)
            }
        }
        do { _ = try await upload.finish(expecting: blob.digest) } catch let error as BlobError {
            guard error.reason == .digestMismatch else { throw error }
            throw RegistryError(
                .corrupt, exchange.purpose,
                message: "what `\(reference.registry)` sent is not it: \(error.message)")
        }
    }

    /// Receives the rest of a blob once. Throws ``BrokenTransfer`` where going on may help.
    private func receive(
        _ blob: Descriptor, _ exchange: Exchange, into upload: BlobUpload, _ progress: TransferProgress?
    ) async throws {
        var exchange = exchange
        let offset = await upload.size
        if offset > 0 {
            exchange.headers.add(name: "Range", value: "bytes=\(offset)-")
            exchange.accepted = [.ok, .partialContent, .rangeNotSatisfiable]
        }
        let answer = try await self.answer(to: exchange)
        if answer.status != .partialContent || answer.start != offset {
            // This registry gives all or nothing.
            await upload.cancel()
        }
        if answer.status == .rangeNotSatisfiable || answer.status == .partialContent && answer.start != offset
        {
            throw BrokenTransfer(exchange.purpose, "`\(exchange.purpose.registry)` gives no part of it")
        }
        do {
            for try await chunk in answer.response.body {
                try await append(chunk, of: blob, exchange.purpose, to: upload)
                progress?.receive(chunk.readableBytes)
            }
        } catch {
            if Task.isCancelled { throw CancellationError() }
            guard let reason = NetworkFault.explain(error, exchange.purpose, answer.address.origin) else {
                throw error
            }
            throw BrokenTransfer(reason: reason)
        }
        let size = await upload.size
        guard size == blob.size else {
            throw BrokenTransfer(exchange.purpose, "it ended after \(size) of \(blob.size) bytes")
        }
    }

    private func append(
        _ chunk: ByteBuffer, of blob: Descriptor, _ purpose: Purpose, to upload: BlobUpload
    ) async throws {
        guard await upload.size + Int64(chunk.readableBytes) <= blob.size else {
            throw RegistryError(
                .corrupt, purpose, message: "`\(purpose.registry)` sent more than its \(blob.size) bytes")
        }
        try await upload.append(chunk)
    }
}

/// A transfer that began and did not end.
struct BrokenTransfer: Error {
    let reason: RegistryError

    init(reason: RegistryError) { self.reason = reason }

    init(_ purpose: Purpose, _ message: String) {
        reason = RegistryError(.unreachable, purpose, message: message)
    }
}

extension Answer {
    /// The first byte's number in a `206` answer (`Content-Range: bytes 100-199/200`).
    var start: Int64? {
        guard let text = headers.first(name: "Content-Range"), text.hasPrefix("bytes ") else { return nil }
        return Int64(text.dropFirst("bytes ".count).prefix { $0 != "-" })
    }
}
