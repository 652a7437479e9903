import Synchronization

/// Values that are made when they are first asked for, each once: who asks meanwhile waits.
final class OnceTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private final class Entry: Sendable {
        let turn = Slots(1)
        let value = Mutex<Value?>(nil)
    }

    private let entries = Mutex<[Key: Entry]>([:])

    /// The value, or what `make` throws: then the next who asks tries again.
    func value(_ key: Key, _ make: () async throws -> Value) async throws -> Value {
        let entry = entries.withLock { entries in
            let entry = entries[key] ?? Entry()
            entries[key] = entry
            return entry
        }
        return try await entry.turn.with {
            if let value = entry.value.withLock({ $0 }) { return value }
            let value = try await make()
            entry.value.withLock { $0 = value }
            return value
        }
    }
}
