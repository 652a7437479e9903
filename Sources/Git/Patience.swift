import Foundation
import Synchronization

/// How long a call that blocks may take, before it is given up.
///
/// libgit2 1.5 has no time limits of its own; its sockets are ours, see `SocketStream`.
package struct Patience: Hashable, Sendable {
    /// How long there may be no sign of life: no byte received, no object indexed.
    package var silence: Duration
    /// How long all may take.
    package var total: Duration

    package init(silence: Duration = .seconds(30), total: Duration = .seconds(3600)) {
        self.silence = silence
        self.total = total
    }

    /// Runs a call that blocks on a thread of its own.
    ///
    /// Throws what the call throws; ``GitError`` with ``GitError/Reason/timedOut`` when patience is at its
    /// end; `CancellationError` when the task is canceled. In the last two cases the call's pulse is stopped
    /// and its result is dropped. Its thread ends within a second where it waits for a server; it is lost for
    /// as long as it hangs where nothing of ours is asked: in a name server's answer, a file system, or an
    /// endless loop over damaged objects.
    package func wait<Value: Sendable>(
        for operation: String, _ call: @escaping @Sendable (Pulse) throws(GitError) -> Value
    ) async throws -> Value {
        let pulse = Pulse()
        let (results, continuation) = AsyncStream.makeStream(of: Result<Value, GitError>.self)
        Thread.detachNewThread {
            continuation.yield(Result { () throws(GitError) in try call(pulse) })
            continuation.finish()
        }
        return try await withThrowingTaskGroup(of: Result<Value, GitError>?.self) { group in
            defer {
                pulse.stop()
                group.cancelAll()
            }
            group.addTask {
                for await result in results { return result }
                return nil
            }
            group.addTask { await end(of: pulse, operation).map(Result.failure) }
            for try await case let result? in group { return try result.get() }
            throw CancellationError()
        }
    }

    /// Waits for the end of patience; `nil` when the waiting is canceled.
    private func end(of pulse: Pulse, _ operation: String) async -> GitError? {
        let end = ContinuousClock.now + total
        while true {
            let now = ContinuousClock.now
            guard now < end else {
                return GitError(.timedOut, operation, message: "it was not done after \(total)")
            }
            let nextLook = min(pulse.last + silence, end)
            guard now < nextLook else {
                return GitError(.timedOut, operation, message: "nothing came for \(silence)")
            }
            // A sleep fails only by being canceled: the call has ended.
            do { try await Task.sleep(until: nextLook, clock: .continuous) } catch { return nil }
        }
    }
}

/// The signs of life of a call that blocks, and whether anybody still waits for it.
package final class Pulse: Sendable {
    private struct State {
        var last = ContinuousClock.now
        var isStopped = false
    }

    private let state = Mutex(State())
    private static let key = "slipway.git.pulse"

    package init() {}

    /// The pulse of the call that the thread is in.
    static var current: Pulse? { Thread.current.threadDictionary[key] as? Pulse }

    /// Makes the pulse the thread's for the length of a call.
    func accompany<Value>(_ call: () -> Value) -> Value {
        let thread = Thread.current.threadDictionary
        let outer = thread[Self.key]
        thread[Self.key] = self
        defer { thread[Self.key] = outer }
        return call()
    }

    var last: ContinuousClock.Instant { state.withLock { $0.last } }

    /// Whether the call was given up and should end.
    package var isStopped: Bool { state.withLock { $0.isStopped } }

    func stop() { state.withLock { $0.isStopped = true } }

    /// Notes a sign of life; false when the call should end.
    func beat() -> Bool {
        state.withLock { state in
            state.last = .now
            return !state.isStopped
        }
    }
}
