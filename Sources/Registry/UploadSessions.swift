import Blobs
import OCI

/// The uploads under way, each by its name.
///
/// They live in memory: a restart forgets them, and their clients start anew, as for any upload that is unknown.
/// One that nobody has touched for the idle limit goes when another starts, and its bytes with it.
actor UploadSessions {
    private struct Session {
        let repository: RepositoryName
        let upload: BlobUpload
        /// The requests that are at work on it.
        var users = 0
        var lastUse: Duration
    }

    private let blobs: BlobStore
    private let idleLimit: Duration
    private let elapsed: @Sendable () -> Duration
    private var sessions: [UploadID: Session] = [:]
    private var generator = SystemRandomNumberGenerator()

    init<Time: Clock>(blobs: BlobStore, idleLimit: Duration, clock: Time) where Time.Duration == Duration {
        self.blobs = blobs
        self.idleLimit = idleLimit
        let start = clock.now
        elapsed = { start.duration(to: clock.now) }
    }

    func start(in repository: RepositoryName, algorithm: Digest.Algorithm = .sha256) -> UploadID {
        let now = elapsed()
        sessions = sessions.filter { $0.value.users > 0 || now - $0.value.lastUse < idleLimit }
        let id = UploadID(using: &generator)
        let upload = BlobUpload(store: blobs, algorithm: algorithm)
        sessions[id] = Session(repository: repository, upload: upload, lastUse: now)
        return id
    }

    /// Works on an upload, which does not grow idle meanwhile.
    ///
    /// Throws ``RegistryError/uploadUnknown(_:)`` when the repository has no such upload under way.
    nonisolated func with<Result: Sendable>(
        _ id: UploadID, in repository: RepositoryName, _ body: (BlobUpload) async throws -> Result
    ) async throws -> Result {
        let upload = try await borrow(id, in: repository)
        do {
            let result = try await body(upload)
            await giveBack(id)
            return result
        } catch {
            await giveBack(id)
            throw error
        }
    }

    /// Forgets an upload, and what has come of it.
    func end(_ id: UploadID) { sessions[id] = nil }

    private func borrow(_ id: UploadID, in repository: RepositoryName) throws(RegistryError) -> BlobUpload {
        guard let session = sessions[id], session.repository == repository else {
            throw .uploadUnknown(id.description)
        }
        sessions[id]?.users += 1
        return session.upload
    }

    private func giveBack(_ id: UploadID) {
        sessions[id]?.users -= 1
        sessions[id]?.lastUse = elapsed()
    }
}
