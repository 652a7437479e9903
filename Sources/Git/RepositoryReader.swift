import Dispatch

/// A repository for async callers: it is read on a thread of the reader's own, one call at a time.
package actor RepositoryReader {
    private let queue = QueueExecutor(label: "slipway.git")
    private let repository: Repository

    package nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    /// Opens the repository, which blocks for the reading of a few small files. Throws ``GitError``.
    package init(at path: String) throws(GitError) { repository = try Repository(at: path) }

    /// Runs `body`, which may block.
    package func read<Value: Sendable>(_ body: @Sendable (Repository) throws -> Value) rethrows -> Value {
        try body(repository)
    }
}

/// Runs an actor's work, one piece at a time, on a dispatch queue.
private final class QueueExecutor: SerialExecutor {
    private let queue: DispatchQueue

    init(label: String) { queue = DispatchQueue(label: label) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
