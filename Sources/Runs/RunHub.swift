import Synchronization

/// Wakes those who follow a run when its log grows or its state changes.
///
/// A wake-up carries nothing: the follower looks at the database and the log again.
package final class RunHub: Sendable {
    private struct State {
        var followers: [RunID: [Int: AsyncStream<Void>.Continuation]] = [:]
        var nextToken = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// Wake-ups for a run, the first at once; ends only with the caller's interest.
    package func wakeUps(for run: RunID) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let token = state.withLock { state in
            state.nextToken += 1
            state.followers[run, default: [:]][state.nextToken] = continuation
            return state.nextToken
        }
        continuation.onTermination = { [weak self] _ in self?.forget(run, token) }
        continuation.yield()
        return stream
    }

    package func wake(_ run: RunID) {
        let followers = state.withLock { $0.followers[run].map { Array($0.values) } ?? [] }
        for follower in followers { follower.yield() }
    }

    private func forget(_ run: RunID, _ token: Int) {
        state.withLock { state in
            state.followers[run]?[token] = nil
            if state.followers[run]?.isEmpty == true { state.followers[run] = nil }
        }
    }
}
