import Synchronization

/// A clock that stands still until it is told to move.
final class ManualClock: Clock {
    typealias Duration = Swift.Duration

    struct Instant: InstantProtocol {
        var offset = Duration.zero

        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (a: Instant, b: Instant) -> Bool { a.offset < b.offset }
    }

    private struct Sleeper {
        var deadline: Instant
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = Instant()
        var lastID = 0
        var sleepers: [Int: Sleeper] = [:]
        var canceled: Set<Int> = []
        var watcher: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    var now: Instant { state.withLock { $0.now } }
    var minimumResolution: Swift.Duration { .zero }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation {
                lie(down: Sleeper(deadline: deadline, continuation: $0), id)
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                state.canceled.insert(id)
                return state.sleepers.removeValue(forKey: id)
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Waits until somebody sleeps, and moves to the earliest time that somebody waits for.
    func moveToNextAlarm() async {
        repeat { await waitForSleeper() } while !wakeEarliest()
    }

    /// Waits until somebody sleeps.
    func waitForSleeper() async {
        await withCheckedContinuation { continuation in
            let isAsleep = state.withLock { state in
                if state.sleepers.isEmpty { state.watcher = continuation }
                return !state.sleepers.isEmpty
            }
            if isAsleep { continuation.resume() }
        }
    }

    private func lie(down sleeper: Sleeper, _ id: Int) {
        let (answer, watcher) = state.withLock {
            state -> (Result<Void, any Error>?, CheckedContinuation<Void, Never>?) in
            if state.canceled.contains(id) { return (.failure(CancellationError()), nil) }
            if sleeper.deadline <= state.now { return (.success(()), nil) }
            state.sleepers[id] = sleeper
            return (nil, state.watcher.take())
        }
        if let answer { sleeper.continuation.resume(with: answer) }
        watcher?.resume()
    }

    private func wakeEarliest() -> Bool {
        let woken = state.withLock { state in
            guard let earliest = state.sleepers.values.map(\.deadline).min() else { return [Sleeper]() }
            state.now = earliest
            let due = state.sleepers.filter { $0.value.deadline <= earliest }
            for id in due.keys { state.sleepers[id] = nil }
            return Array(due.values)
        }
        for sleeper in woken { sleeper.continuation.resume() }
        return !woken.isEmpty
    }
}
