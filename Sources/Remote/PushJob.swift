import AsyncHTTPClient
import Blobs
import NIOCore
import NIOHTTP1
import OCI
import Synchronization

/// Brings blobs of a store into one repository.
struct PushJob: Sendable {
    enum Outcome: Sendable {
        case uploaded
        case mounted
        case present
    }

    let client: RegistryClient
    let store: BlobStore
    /// Without tag and digest.
    let repository: ImageReference
    /// By blob, where it is known to be.
    let sources: [Digest: ImageReference]

    /// Sends what the repository does not have, a few blobs at a time.
    func send(_ blobs: [Descriptor]) async throws -> [Outcome] {
        let outcomes = Outcomes()
        try await blobs.forEach(atMost: client.configuration.parallelTransfers) { blob in
            outcomes.add(try await send(blob))
        }
        return outcomes.all
    }

    private final class Outcomes: Sendable {
        private let list = Mutex<[Outcome]>([])
        func add(_ outcome: Outcome) { list.withLock { $0.append(outcome) } }
        var all: [Outcome] { list.withLock { $0 } }
    }

    private func send(_ blob: Descriptor) async throws -> Outcome {
        if try await isPresent(blob.digest) { return .present }
        // A foreign layer is fetched from a place of its own, and may never have been here.
        let isForeign = blob.mediaType == .dockerForeignLayerGzip || blob.otherFields["urls"] != nil
        if isForeign, try store.size(of: blob.digest) == nil { return .present }
        let size = try store.reader(of: blob.digest).size
        guard var session = try await open(for: blob.digest) else { return .mounted }
        var failures = 0
        while true {
            do {
                try await upload(blob.digest, size: size, through: &session)
                return .uploaded
            } catch let error as BrokenTransfer {
                failures += 1
                guard failures <= client.configuration.resumptions else { throw error.reason }
                try await client.pause(after: error.reason, attempt: failures)
                // The registry may have had all of it, and only its answer was lost.
                if try await isPresent(blob.digest) { return .uploaded }
                session = try await resume(session, of: blob.digest)
            }
        }
    }

    private func isPresent(_ digest: Digest) async throws -> Bool {
        var exchange = exchange("look for", digest, client.address(repository, "blobs/\(digest)"))
        exchange.method = .HEAD
        exchange.accepted = [.ok, .notFound]
        let answer = try await client.answer(to: exchange)
        await answer.drain()
        return answer.status == .ok
    }

    func exchange(_ verb: String, _ digest: Digest, _ address: Address) -> Exchange {
        Exchange(
            "\(verb) the blob \(digest) in `\(repository.registry)/\(repository.repository)`",
            at: repository, address, allowing: "pull,push")
    }
}
