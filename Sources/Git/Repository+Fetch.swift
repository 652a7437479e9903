import CLibgit2
import Synchronization

/// Held while references are written: two fetches into one mirror would be in the way of each other's lock
/// files.
private let referenceUpdates = Mutex(())

extension Repository {
    /// All branches and tags, under their own names.
    package static let mirrorRefspecs = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]

    /// Brings what the remote has and this repository has not, and drops references that the remote dropped.
    ///
    /// `HEAD` becomes the remote's default branch. Returns the remote's heads as they were at that moment.
    /// Fetches of this process may overlap. The commits of a branch that was rewound stay in the object
    /// database.
    @discardableResult
    package func fetch(
        from url: RemoteURL, refspecs: [String] = mirrorRefspecs, pulse: Pulse = Pulse()
    ) throws(GitError) -> RemoteHeads {
        let remote = try Remote(url, in: self, pulse: pulse)
        try remote.download(refspecs)
        let heads = try remote.heads()
        // Only what cannot hang is done under the lock.
        let result = referenceUpdates.withLock { _ in
            Result { () throws(GitError) in
                try remote.updateReferences()
                if let branch = heads.defaultBranch { try pointHead(to: branch) }
            }
        }
        try result.get()
        return heads
    }

    /// Opens or makes the mirror at `path` and fetches into it, on a thread of its own; other processes may do so too,
    /// one after the other.
    ///
    /// Throws ``GitError``, or `CancellationError`; see ``Patience/wait(for:_:)``.
    @discardableResult
    package static func fetch(
        from url: RemoteURL, intoMirror path: String, refspecs: [String] = mirrorRefspecs,
        patience: Patience = Patience()
    ) async throws -> RemoteHeads {
        try await patience.wait(for: "fetch from `\(url)`") { pulse throws(GitError) in
            let lock = try MirrorLock.take(ofMirror: path, pulse: pulse)
            let heads = try Repository(mirrorAt: path, of: url).fetch(
                from: url, refspecs: refspecs, pulse: pulse)
            _ = consume lock
            return heads
        }
    }

    private func pointHead(to branch: String) throws(GitError) {
        _ = try Owned<ReferenceObject>("point HEAD to `\(branch)`") {
            git_reference_symbolic_create(&$0, pointer, "HEAD", branch, 1, nil)
        }
    }
}
