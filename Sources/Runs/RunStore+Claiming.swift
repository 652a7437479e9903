import Database
import GRDB

extension RunStore {
    /// How often a run may be cut off by the daemon's end before it is given up: it may be what ends it.
    static let maximumInterruptions = 3

    /// How often a run is tried again after the world failed it, and the seconds before each.
    static let retryDelays: [Double] = [2, 10, 60, 300]

    /// Takes the next run that may start now: the oldest queued one whose task has none running.
    ///
    /// - Parameter owner: who claims; written to the row.
    package func claimNext(owner: String) async throws -> Run? {
        // A claim that is lost with the power leaves the run queued, as its recovery would.
        try await database.writeLazily { db in
            let next = try Int64.fetchOne(
                db.cachedStatement(
                    sql: """
                        SELECT id FROM run INDEXED BY run_waiting WHERE state = 'queued' AND not_before <= ?
                            AND (task IS NULL OR NOT EXISTS (
                                SELECT 1 FROM run AS other WHERE other.task = run.task AND other.state = 'running'))
                        ORDER BY id LIMIT 1
                        """), arguments: [now()])
            guard let next else { return nil }
            let id = RunID(number: next)
            try db.cachedStatement(
                sql: """
                    UPDATE run SET state = 'running', attempt = attempt + 1, lease_owner = ?, started = ?, message = NULL
                    WHERE id = ? AND state = 'queued'
                    """
            ).execute(arguments: [owner, now(), next])
            try db.cachedStatement(sql: "DELETE FROM step WHERE run = ?").execute(arguments: [next])
            try noteState(id, .running, nil, in: db)
            return try Run.fetch(id, in: db)
        }
    }

    /// Ends a run that this claim still holds. Returns whether it did.
    @discardableResult
    package func finish(_ run: Run, _ state: RunState, _ message: String?) async throws -> Bool {
        let isDone = try await database.write { db in
            guard try holds(run, in: db) else { return false }
            try end(run.id, state, message, whereState: .running, in: db)
            return true
        }
        hub.wake(run.id)
        knock()
        return isDone
    }

    /// Whether a run that the world failed is tried again: a person who waits for a build is told at once.
    static func isRetried(_ run: Run) -> Bool { run.taskID != nil && run.retries < retryDelays.count }

    /// Puts a run that the world failed back into the queue, to be tried later, or ends it as `errored` when it was
    /// tried often enough, or when a person waits for it. Returns when it will be tried, or `nil` at its end.
    package func retryLater(_ run: Run, _ message: String) async throws -> Timestamp? {
        guard Self.isRetried(run) else {
            try await finish(run, .errored, message)
            return nil
        }
        let time = now().adding(seconds: Self.retryDelays[run.retries] * Double.random(in: 0.9...1.1))
        try await requeue(run, message, notBefore: time, column: "retries")
        return time
    }

    /// Puts a run back into the queue because the daemon stops.
    package func release(_ run: Run) async throws {
        try await requeue(run, "the daemon stopped while it ran", notBefore: now(), column: "interruptions")
    }

    private func requeue(_ run: Run, _ message: String, notBefore: Timestamp, column: String) async throws {
        try await database.write { db in
            guard try holds(run, in: db) else { return }
            try db.cachedStatement(
                sql: """
                    UPDATE run SET state = 'queued', message = ?, not_before = ?, lease_owner = NULL,
                        \(column) = \(column) + 1 WHERE id = ?
                    """
            ).execute(arguments: [message, notBefore, run.id.number])
            try noteState(run.id, .queued, message, in: db)
        }
        hub.wake(run.id)
    }

    /// Queues what was running when the last daemon ended; call it before the worker starts.
    ///
    /// Returns the runs that will be run again.
    @discardableResult
    package func recover() async throws -> [RunID] {
        let runs = try await database.write { db in
            let running = try Row.fetchAll(
                db.cachedStatement(sql: "SELECT id, interruptions FROM run WHERE state = 'running'"))
            return try running.compactMap { row -> RunID? in
                let id = RunID(number: row["id"])
                let interruptions: Int = row["interruptions"]
                guard interruptions < Self.maximumInterruptions else {
                    let message = "the daemon ended \(interruptions + 1) times while it ran"
                    try end(id, .errored, message, whereState: .running, in: db)
                    return nil
                }
                let message = "the daemon ended while it ran; it is run again"
                try db.cachedStatement(
                    sql: """
                        UPDATE run SET state = 'queued', message = ?, lease_owner = NULL, not_before = ?,
                            interruptions = interruptions + 1 WHERE id = ?
                        """
                ).execute(arguments: [message, now(), id.number])
                try noteState(id, .queued, message, in: db)
                return id
            }
        }
        knock()
        return runs
    }

    /// Cancels a queued run at once. Returns `false` when the run is running: the worker has to stop it.
    ///
    /// Throws ``RunError`` when there is no such run, or it is over.
    package func cancelQueued(_ id: RunID, by requester: String) async throws -> Bool {
        let isCanceled = try await database.write { db in
            guard let run = try Run.fetch(id, in: db) else { throw RunError.unknownRun(id.description) }
            if run.state == .running { return false }
            guard run.state == .queued else { throw RunError.notCancelable(id, run.state) }
            try end(id, .canceled, "canceled by \(requester)", whereState: .queued, in: db)
            return true
        }
        hub.wake(id)
        return isCanceled
    }

    /// The guarded last transition of a run, and of its steps that did not end.
    func end(
        _ id: RunID, _ state: RunState, _ message: String?, whereState expected: RunState, in db: Database
    ) throws {
        try db.cachedStatement(
            sql: """
                UPDATE run SET state = ?, message = ?, finished = ?, lease_owner = NULL WHERE id = ? AND state = ?
                """
        ).execute(arguments: [state.rawValue, message, now(), id.number, expected.rawValue])
        guard db.changesCount == 1 else { return }
        let stopped: StepState = state == .timedOut ? .timedOut : state == .canceled ? .canceled : .failed
        try db.cachedStatement(
            sql: "UPDATE step SET state = ?, finished = ? WHERE run = ? AND state = 'running'"
        ).execute(arguments: [stopped.rawValue, now(), id.number])
        try db.cachedStatement(sql: "UPDATE step SET state = 'skipped' WHERE run = ? AND state = 'pending'")
            .execute(arguments: [id.number])
        try noteState(id, state, message, in: db)
    }

    /// Whether the claim is still the run's: its number is the fencing token of everything a worker writes.
    func holds(_ run: Run, in db: Database) throws -> Bool {
        let attempt = try Int.fetchOne(
            db.cachedStatement(sql: "SELECT attempt FROM run WHERE id = ? AND state = 'running'"),
            arguments: [run.id.number]
        )
        return attempt == run.attempt
    }
}
