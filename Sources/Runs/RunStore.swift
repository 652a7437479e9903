package import Database
import GRDB
package import TaskFile

/// The tasks, events and runs of one daemon, in its database.
///
/// Every method is one transaction. Methods that take a `Database` join a transaction that is already open, so that
/// another room's change and the runs it causes are committed together; call ``knock()`` behind it.
package struct RunStore: Sendable {
    package let database: StateDatabase
    let now: @Sendable () -> Timestamp
    let queueChanged = Bell()
    private let definitions = DefinitionCache()
    /// Tells who follows a run that it, or its log, has moved on.
    package let hub = RunHub()

    package init(database: StateDatabase, now: @escaping @Sendable () -> Timestamp = { .now }) {
        self.database = database
        self.now = now
    }

    /// The task as its text defines it; each version is parsed once, for watchers ask at every look.
    package func definition(of task: RegisteredTask) throws(TaskFileError) -> TaskDefinition {
        try definitions.definition(of: task)
    }

    /// Wakes the worker: the queue may hold something new.
    package func knock() { queueChanged.knock() }

    /// Appends to the event table.
    func insertEvent(_ change: Change, in db: Database) throws -> Int64 {
        try db.cachedStatement(sql: "INSERT INTO event (time, kind, subject, change) VALUES (?, ?, ?, ?)")
            .execute(arguments: [now(), change.kind, change.subject, try encodeJSON(change)])
        return db.lastInsertedRowID
    }

    /// Appends to the run's history.
    func noteState(_ id: RunID, _ state: RunState, _ message: String?, in db: Database) throws {
        try db.cachedStatement(sql: "INSERT INTO run_event (run, time, state, message) VALUES (?, ?, ?, ?)")
            .execute(arguments: [id.number, now(), state.rawValue, message])
    }
}

/// A bell with one listener; ringing it again before it was heard adds nothing.
struct Bell: Sendable {
    let knocks: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        (knocks, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func knock() { continuation.yield() }
}
