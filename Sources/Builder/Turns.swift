import Synchronization

/// Lets those who work on the same thing take turns; different things go on at the same time.
final class Turns<Key: Hashable & Sendable>: Sendable {
    private struct Entry {
        var turn = Slots(1)
        var users = 0
    }

    private let entries = Mutex<[Key: Entry]>([:])

    /// Does the work when nobody else works on the same. Throws `CancellationError` when the task is canceled before.
    func with<Value>(_ key: Key, _ work: () async throws -> Value) async throws -> Value {
        let turn = entries.withLock { entries in
            entries[key, default: Entry()].users += 1
            return entries[key]?.turn ?? Slots(1)
        }
        defer {
            entries.withLock { entries in
                entries[key]?.users -= 1
                if entries[key]?.users == 0 { entries[key] = nil }
            }
        }
        return try await turn.with(work)
    }
}
