package import Logging
import ServiceLifecycle
import AsyncAlgorithms
import Synchronization

/// What ends a run before its steps do.
package enum RunFailure: Error, Hashable, Sendable {
    /// The user's doing; trying again will not help.
    case failed(String)
    /// A step took longer than it may.
    case timedOut(String)
    /// The world's doing; it is tried again later.
    case unreachable(String)
    /// Ours, or the machine's; trying again will not help.
    case errored(String)
}

/// Claims runs and executes them, a bounded number at a time.
///
/// On graceful shutdown it claims no more, gives what runs the grace period, and puts back into the queue what is not
/// done by then.
package struct Worker: Service {
    package struct Limits: Sendable {
        /// How many runs may execute at a time.
        package var slots: Int
        /// How long a run may go on after shutdown began.
        package var grace: Duration

        package init(slots: Int, grace: Duration) {
            self.slots = slots
            self.grace = grace
        }
    }

    /// Executes one claimed run; throws ``RunFailure``, or `CancellationError` when it was stopped.
    package typealias Execute = @Sendable @concurrent (Run, RunLog) async throws -> Void

    let store: RunStore
    let logs: RunLogs
    let limits: Limits
    let owner: String
    let logger: Logger
    let execute: Execute
    /// Stops a run that executes.
    package let stops = RunStops()

    package init(
        store: RunStore, logs: RunLogs, limits: Limits, logger: Logger, execute: @escaping Execute
    ) {
        self.store = store
        self.logs = logs
        self.limits = limits
        self.logger = logger
        self.execute = execute
        owner = String(UInt64.random(in: 0...UInt64.max), radix: 36)
    }

    package func run() async throws {
        try await withGracefulShutdownHandler {
            let occupied = Occupancy()
            // Runs that wait for their time, and those that another process would queue, are found by the clock.
            let ticks = AsyncTimerSequence(interval: .seconds(1), clock: .continuous).map { _ in }
            try await withThrowingDiscardingTaskGroup { group in
                for await _ in merge(store.queueChanged.knocks, ticks).cancelOnGracefulShutdown() {
                    while occupied.count < limits.slots, let run = await claim() {
                        occupied.take()
                        group.addTask {
                            defer {
                                occupied.free()
                                store.knock()
                            }
                            try await settle(run)
                        }
                    }
                }
            }
        } onGracefulShutdown: {
            stops.stopAll(.shutdown)
        }
    }

    /// The next run, or `nil` where there is none, or the database cannot say now: the clock asks again.
    private func claim() async -> Run? {
        do { return try await store.claimNext(owner: owner) } catch {
            logger.error("No run can be claimed", metadata: ["error": "\(error)"])
            return nil
        }
    }

    /// Executes a claimed run and writes down how it ended.
    private func settle(_ run: Run) async throws {
        let log = try await persist(run) { try logs.writer(for: run.id) }
        if run.attempt > 1 { log.line("Attempt \(run.attempt) of \(run.id)") }
        logger.info("Run started", metadata: ["run.id": "\(run.id)", "task": "\(run.taskName)"])
        let signals = stops.register(run.id)
        defer { stops.forget(run.id) }
        let outcome = await race(run, log, signals)
        try await persist(run) { try await conclude(run, outcome, log) }
        if let fault = log.fault {
            logger.error("A log is not whole", metadata: ["run.id": "\(run.id)", "error": "\(fault)"])
        }
    }

    /// What a run does must be written down, even if the disk is full for a while.
    private func persist<Value>(_ run: Run, _ write: () async throws -> Value) async throws -> Value {
        while true {
            do { return try await write() } catch is CancellationError {
                throw CancellationError()
            } catch {
                logger.error(
                    "What a run does cannot be written down; it is tried again",
                    metadata: ["run.id": "\(run.id)", "error": "\(error)"])
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    private enum Outcome {
        case ended(Result<Void, any Error>)
        case stopped(RunStops.Reason)
    }

    /// The run's end, or the reason to stop it, whichever comes first.
    private func race(_ run: Run, _ log: RunLog, _ signals: AsyncStream<RunStops.Reason>) async -> Outcome {
        await withTaskGroup(of: Outcome?.self) { group in
            group.addTask {
                do { return .ended(.success(try await execute(run, log))) } catch {
                    return .ended(.failure(error))
                }
            }
            group.addTask { await stopReason(signals).map(Outcome.stopped) }
            var outcome: Outcome?
            while outcome == nil, let next = await group.next() { outcome = next }
            group.cancelAll()
            // The steps end before the run does: nothing of it goes on behind its last line.
            for await _ in group {}
            return outcome ?? .stopped(.shutdown)
        }
    }

    /// Why the run is to stop now: it is canceled, or the daemon stops and the grace period is over.
    private func stopReason(_ signals: AsyncStream<RunStops.Reason>) async -> RunStops.Reason? {
        await withTaskGroup(of: RunStops.Reason?.self) { group in
            let (stopping, continuation) = AsyncStream.makeStream(of: Never.self)
            group.addTask {
                for await reason in signals {
                    guard reason == .shutdown else { return reason }
                    continuation.finish()
                }
                return nil
            }
            group.addTask {
                for await _ in stopping {}
                // A canceled sleep means that the run ended by itself.
                do { try await Task.sleep(for: limits.grace) } catch { return nil }
                return .shutdown
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    private func conclude(_ run: Run, _ outcome: Outcome, _ log: RunLog) async throws {
        switch outcome {
        case .ended(.success): try await finish(run, .succeeded, nil, log)
        case .stopped(.canceled(let requester)):
            try await finish(run, .canceled, "canceled by \(requester)", log)
        case .stopped(.shutdown):
            log.line("The daemon stops; \(run.id) will be run again")
            try await store.release(run)
        case .ended(.failure(let error)):
            switch error as? RunFailure ?? .errored("\(error)") {
            case .failed(let message): try await finish(run, .failed, message, log)
            case .timedOut(let message): try await finish(run, .timedOut, message, log)
            case .unreachable(let message) where RunStore.isRetried(run):
                log.line("error: \(message)")
                if let time = try await store.retryLater(run, message) {
                    log.line("\(run.id) will be tried again at \(time)")
                }
            case .errored(let message), .unreachable(let message):
                try await finish(run, .errored, message, log)
            }
        }
    }

    private func finish(_ run: Run, _ state: RunState, _ message: String?, _ log: RunLog) async throws {
        if let message { log.line("error: \(message)") }
        log.line("Run \(run.id) \(state.rawValue)")
        try await store.finish(run, state, message)
        logger.info(
            "Run ended",
            metadata: ["run.id": "\(run.id)", "state": "\(state.rawValue)", "message": "\(message ?? "")"])
    }
}

/// How many slots hold a run.
private final class Occupancy: Sendable {
    private let value = Mutex(0)

    var count: Int { value.withLock { $0 } }
    func take() { value.withLock { $0 += 1 } }
    func free() { value.withLock { $0 -= 1 } }
}

/// Stops runs that execute.
package final class RunStops: Sendable {
    package enum Reason: Hashable, Sendable {
        case canceled(by: String)
        case shutdown
    }

    private struct State {
        var runs: [RunID: AsyncStream<Reason>.Continuation] = [:]
        /// Once everything stops, a run that starts late stops too.
        var standing: Reason?
    }

    private let state = Mutex(State())

    func register(_ run: RunID) -> AsyncStream<Reason> {
        let (stream, continuation) = AsyncStream.makeStream(of: Reason.self)
        state.withLock { state in
            state.runs[run] = continuation
            if let reason = state.standing { continuation.yield(reason) }
        }
        return stream
    }

    func forget(_ run: RunID) { state.withLock { $0.runs[run] = nil } }

    func stopAll(_ reason: Reason) {
        state.withLock { state in
            state.standing = reason
            for continuation in state.runs.values { continuation.yield(reason) }
        }
    }

    /// Returns whether the run was executing.
    @discardableResult
    package func stop(_ run: RunID, _ reason: Reason) -> Bool {
        state.withLock { state in
            guard let continuation = state.runs[run] else { return false }
            continuation.yield(reason)
            return true
        }
    }
}
