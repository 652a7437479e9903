import ControlAPI
import Terminal

/// Follows a run on behalf of somebody at a terminal.
struct RunWatch: Sendable {
    /// What Ctrl-C means.
    enum Interruption: Hashable, Sendable {
        /// The run was made for this command, and ends with it.
        case cancelsRun
        /// The run goes on without an onlooker.
        case leaves
    }

    private enum Event: Sendable {
        case over(RunDetail)
        case left
        case quiet
    }

    let client: ControlClient
    let run: String
    let interruption: Interruption
    /// Takes the log's bytes.
    let write: @Sendable ([UInt8]) throws -> Void

    /// Copies the log until the run is over, and returns how it ended; `nil` when the user left before.
    func result() async throws -> RunDetail? {
        let surroundings = Surroundings.current
        // From here on, so that no Ctrl-C ends the program before it is listened to.
        let interruptions = surroundings.interruptions()
        return try await withThrowingTaskGroup(of: Event.self) { group in
            group.addTask {
                .over(try await LogFollower(client: client, run: run, clock: ContinuousClock()).follow(write))
            }
            group.addTask { try await event(of: interruptions, surroundings) }
            defer { group.cancelAll() }
            while let event = try await group.next() {
                switch event {
                case .over(let detail): return detail
                case .left: return nil
                case .quiet: continue
                }
            }
            return nil
        }
    }

    private func event(
        of interruptions: AsyncStream<Void>, _ surroundings: Surroundings
    ) async throws -> Event {
        var isCanceled = false
        for await _ in interruptions {
            guard interruption == .cancelsRun, !isCanceled else {
                surroundings.say("hint: \(run) goes on; cancel it with `slipway run cancel \(run)`")
                return .left
            }
            isCanceled = true
            surroundings.say("canceling \(run); interrupt again to leave it")
            do {
                try await client.cancel(run, as: surroundings.requester)
            } catch let error as CommandError where error.status == .refused {
                // It was over already, and its log will say so.
            }
        }
        return .quiet
    }
}

extension RunRecord {
    /// Throws ``CommandError`` unless the run succeeded.
    func requireSuccess() throws(CommandError) {
        guard state != "succeeded" else { return }
        var claim = RunState.claim(state) + (message.map { ": \($0)" } ?? "")
        // The daemon says who canceled it.
        if state == "canceled", let message { claim = "was \(message)" }
        throw CommandError(
            "the run `\(id)` \(claim)",
            hint: "see `slipway run show \(id)`", status: state == "errored" ? .unreachable : .failed)
    }
}

extension ControlClient {
    /// Asks the daemon to cancel a run, and returns the run as it then stands.
    @discardableResult
    func cancel(_ run: String, as requester: String) async throws -> RunRecord {
        try await answer(
            to: .init(.POST, "runs", run, "cancel", body: .json(Requester(requester: requester))))
    }
}
