import Database
import GRDB
import TaskFile

/// A run with all that belongs to it.
package struct RunDetails: Hashable, Sendable {
    package var run: Run
    package var causes: [Cause]
    package var steps: [RunStep]
    package var bases: [RunBase]
    package var outputs: [RunOutput]
}

/// Which runs to list.
package struct RunFilter: Hashable, Sendable {
    package var taskName: String?
    package var state: RunState?
    /// Only runs before this one: the last of the page before.
    package var before: RunID?
    package var limit: Int

    package init(taskName: String? = nil, state: RunState? = nil, before: RunID? = nil, limit: Int = 50) {
        self.taskName = taskName
        self.state = state
        self.before = before
        self.limit = limit
    }
}

extension RunStore {
    /// Runs, newest first.
    package func runs(_ filter: RunFilter = RunFilter()) async throws -> [Run] {
        try await database.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM run WHERE (?1 IS NULL OR id < ?1) AND (?2 IS NULL OR task_name = ?2)
                        AND (?3 IS NULL OR state = ?3)
                    ORDER BY id DESC LIMIT ?4
                    """,
                arguments: [filter.before?.number, filter.taskName, filter.state?.rawValue, filter.limit]
            ).map(Run.init(row:))
        }
    }

    /// Throws ``RunError/unknownRun(_:)`` when there is none of that name.
    package func run(_ id: RunID) async throws -> Run {
        try await database.read { db in
            guard let run = try Run.fetch(id, in: db) else { throw RunError.unknownRun(id.description) }
            return run
        }
    }

    /// Throws ``RunError/unknownRun(_:)`` when there is none of that name.
    package func details(of id: RunID) async throws -> RunDetails {
        try await database.read { db in
            guard let run = try Run.fetch(id, in: db) else { throw RunError.unknownRun(id.description) }
            return RunDetails(
                run: run, causes: try causes(of: id, in: db),
                steps: try Row.fetchAll(
                    db, sql: "SELECT * FROM step WHERE run = ? ORDER BY position", arguments: [id.number]
                ).map(RunStep.init(row:)),
                bases: try Row.fetchAll(
                    db, sql: "SELECT * FROM run_base WHERE run = ? ORDER BY reference", arguments: [id.number]
                ).map(RunBase.init(row:)),
                outputs: try Row.fetchAll(
                    db, sql: "SELECT * FROM run_output WHERE run = ? ORDER BY reference",
                    arguments: [id.number]
                ).map { RunOutput(reference: $0["reference"], digest: $0["digest"]) })
        }
    }

    private func causes(of id: RunID, in db: Database) throws -> [Cause] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT event.id, event.time, event.change, run_cause.place FROM run_cause
                JOIN event ON event.id = run_cause.event WHERE run_cause.run = ? ORDER BY event.id
                """,
            arguments: [id.number]
        ).map(Cause.init(row:))
    }

    /// What caused each of these runs, as ``Change/kind`` tells it, in the order of the events.
    package func causeKinds(of runs: [RunID]) async throws -> [RunID: [String]] {
        try await database.read { db in
            let marks = runs.map { _ in "?" }.joined(separator: ", ")
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT run_cause.run, event.kind FROM run_cause JOIN event ON event.id = run_cause.event
                    WHERE run_cause.run IN (\(marks)) ORDER BY event.id
                    """,
                arguments: StatementArguments(runs.map(\.number)))
            return Dictionary(grouping: rows) { RunID(number: $0["run"]) }.mapValues { $0.map { $0["kind"] } }
        }
    }

    /// For each output the newest run that published that image under that reference (in full), where one did.
    package func publishers(of outputs: [RunOutput]) async throws -> [RunID?] {
        try await database.read { db in
            let statement = try db.cachedStatement(
                sql: "SELECT max(run) FROM run_output WHERE reference = ? AND digest = ?")
            return try outputs.map { output in
                try Int64.fetchOne(statement, arguments: [output.reference, output.digest])
                    .map(RunID.init(number:))
            }
        }
    }

    /// The newest run that published this reference (in full), or an image of this digest.
    package func publisher(of reference: String) async throws -> RunID? {
        try await database.read { db in
            try Int64.fetchOne(
                db, sql: "SELECT max(run) FROM run_output WHERE reference = ?1 OR digest = ?1",
                arguments: [reference]
            ).map(RunID.init(number:))
        }
    }

    /// The last commit seen of each task's sources, by the task's id and the source.
    package func knownHeads() async throws -> [Int64: [String: String]] {
        try await database.read { db in
            var heads: [Int64: [String: String]] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT task, source, commit_id FROM git_head") {
                heads[row["task"], default: [:]][row["source"]] = row["commit_id"]
            }
            return heads
        }
    }

    /// The references that tasks' last builds stood on, each once.
    package func watchedBases() async throws -> [WatchedBase] {
        try await database.read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT task.*, base.reference, base.digest, base.is_runtime FROM task
                    JOIN run_base AS base ON base.run = \(Self.lastBuild(of: "task.id"))
                    WHERE task.deleted IS NULL
                    """)
            return try rows.compactMap { row in
                let task = RegisteredTask(row: row)
                let trigger = try definition(of: task).baseImageTrigger
                guard trigger.concerns(isRuntime: row["is_runtime"]) else { return nil }
                return WatchedBase(
                    task: task.name, reference: row["reference"], digest: row["digest"],
                    interval: trigger.interval)
            }
        }
    }

    /// Notes that a watcher cannot see its subject, or, with no message, that it can again.
    package func setFault(_ message: String?, of subject: String) async throws {
        try await database.write { db in
            guard let message else {
                return try db.execute(sql: "DELETE FROM watch_fault WHERE subject = ?", arguments: [subject])
            }
            try db.execute(
                sql: """
                    INSERT INTO watch_fault (subject, message, since, last) VALUES (?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET message = excluded.message, last = excluded.last
                    """,
                arguments: [subject, message, now(), now()])
        }
    }

    /// What a watcher last failed with, and since when.
    package func fault(of subject: String) async throws -> (message: String, since: Timestamp)? {
        try await database.read { db in
            try Row.fetchOne(db, sql: "SELECT * FROM watch_fault WHERE subject = ?", arguments: [subject])
                .map { ($0["message"], $0["since"]) }
        }
    }
}

/// A base image that a task wants watched.
package struct WatchedBase: Hashable, Sendable {
    package var task: String
    package var reference: String
    /// What the task's last build stood on.
    package var digest: String
    /// Seconds between two looks; `nil` is the daemon's own.
    package var interval: Double?
}
