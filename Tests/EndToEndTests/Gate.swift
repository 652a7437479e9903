import Synchronization

/// A door that a test holds shut: those who come to it wait until it is opened, once and for all.
///
/// It is an event too: what happened opens it, and the test waits at it.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [AsyncStream<Never>.Continuation] = []
    }

    private let state = Mutex(State())

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for one in waiting { one.finish() }
    }

    /// Returns once the gate is open, or the caller is canceled.
    func pass() async {
        let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
        let isOpen = state.withLock { state in
            if !state.isOpen { state.waiting.append(continuation) }
            return state.isOpen
        }
        if isOpen { return }
        for await _ in stream {}
    }
}

/// How many daemons may run at a time: each wants a processor, and more of them would only wait for each other.
final class Places: Sendable {
    private let state: Mutex<(free: Int, waiting: [Gate])>

    init(_ count: Int) { state = Mutex((count, [])) }

    func take() async {
        let gate = state.withLock { state -> Gate? in
            guard state.free == 0 else {
                state.free -= 1
                return nil
            }
            let gate = Gate()
            state.waiting.append(gate)
            return gate
        }
        await gate?.pass()
    }

    func give() {
        let next = state.withLock { state -> Gate? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.free += 1
            return nil
        }
        next?.open()
    }
}

/// Waits until something is so, looking again and again.
///
/// Throws ``WaitedInVain`` when it is not so in time. For what tells nobody that it changed: files, processes, and a
/// daemon's answers.
func eventually(
    _ what: String, within limit: Duration = .seconds(90), _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < end else { throw WaitedInVain(what: what, limit: limit) }
        try await Task.sleep(for: .milliseconds(20))
    }
}

struct WaitedInVain: Error, CustomStringConvertible {
    let what: String
    let limit: Duration

    var description: String { "waited \(limit) in vain until \(what)" }
}
