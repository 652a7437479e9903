import Database
package import GRDB
import TaskFile

extension RunStore {
    /// Records a change and queues the runs that follow from it, in one transaction.
    ///
    /// Returns the runs that are queued for it: new ones, and those that waited already and got one more cause.
    @discardableResult
    package func record(_ change: Change) async throws -> [RunID] {
        let runs = try await database.write { try record(change, in: $0) }
        if !runs.isEmpty { knock() }
        return runs
    }

    /// Likewise, inside a transaction of the caller's; it calls ``knock()`` when that is committed.
    @discardableResult
    package func record(_ change: Change, in db: Database) throws -> [RunID] {
        switch change {
        case .head(let head): try plan(head, in: db)
        case .baseImage(let base): try plan(base, in: db)
        case .request(let request): try plan(request, in: db)
        }
    }

    private func plan(_ change: HeadChange, in db: Database) throws -> [RunID] {
        guard let task = try task(change.taskID, in: db) else { return [] }
        let known = try Row.fetchOne(
            db.cachedStatement(sql: "SELECT commit_id, tree FROM git_head WHERE task = ? AND source = ?"),
            arguments: [task.id, change.source])
        let knownCommit: String? = known?["commit_id"]
        let knownTree: String? = known?["tree"]
        if knownCommit == change.commit { return [] }
        let event = try insertEvent(.head(change), in: db)
        try db.cachedStatement(
            sql: """
                INSERT INTO git_head (task, source, commit_id, tree, branch, seen) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET commit_id = excluded.commit_id, tree = excluded.tree,
                    branch = excluded.branch, seen = excluded.seen
                """
        ).execute(arguments: [task.id, change.source, change.commit, change.tree, change.branch, now()])
        // The commits did not touch the source's folder: the event stays as the answer to "why not".
        if knownTree == change.tree { return [] }
        let inputs = RunInputs(source: change.source, commit: change.commit, branch: change.branch)
        return [try queue(task, inputs, event: event, in: db)]
    }

    /// Queues each task whose last build stood on another digest of the reference.
    private func plan(_ change: BaseImageChange, in db: Database) throws -> [RunID] {
        let dependants = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT run.task AS task, base.* FROM run_base AS base JOIN run ON run.id = base.run
                    JOIN task ON task.id = run.task AND task.deleted IS NULL
                    WHERE base.reference = ?1 AND base.digest <> ?2 AND run.id = \(Self.lastBuild(of: "run.task"))
                    ORDER BY task.name
                    """), arguments: [change.reference, change.digest])
        var event: Int64?
        var runs: [RunID] = []
        for row in dependants {
            guard let task = try task(row["task"], in: db), try isTriggered(task, by: RunBase(row: row)),
                try !isAnswered(change, for: task, since: row["run"], in: db)
            else { continue }
            let eventID = try event ?? insertEvent(.baseImage(change), in: db)
            event = eventID
            var place = try RunBase(row: row).place
            place.previousDigest = row["digest"]
            runs.append(try queue(task, latestInputs(of: task, in: db), event: eventID, place: place, in: db))
        }
        return runs
    }

    /// The query of the newest run of a task that came as far as to know what it stands on.
    ///
    /// - Parameter task: the column that has the task's id.
    static func lastBuild(of task: String, before run: String? = nil) -> String {
        """
        (SELECT newer.id FROM run AS newer WHERE newer.task = \(task)\(run.map { " AND newer.id < \($0)" } ?? "")
            AND EXISTS (SELECT 1 FROM run_base WHERE run_base.run = newer.id) ORDER BY newer.id DESC LIMIT 1)
        """
    }

    private func isTriggered(_ task: RegisteredTask, by base: RunBase) throws -> Bool {
        try definition(of: task).baseImageTrigger.concerns(isRuntime: base.isRuntime)
    }

    /// Whether a later run of the task exists for this very change already: it may be waiting, running, or have
    /// failed before it looked at its bases. Without this, each look at the registry would queue another.
    private func isAnswered(
        _ change: BaseImageChange, for task: RegisteredTask, since run: Int64, in db: Database
    ) throws -> Bool {
        let changes = try String.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT event.change FROM run JOIN run_cause ON run_cause.run = run.id
                    JOIN event ON event.id = run_cause.event
                    WHERE run.task = ? AND run.id > ? AND event.kind = 'baseImage' AND event.subject = ?
                    """), arguments: [task.id, run, change.reference])
        return try changes.contains { try decodeJSON($0) == Change.baseImage(change) }
    }

    private func plan(_ change: RequestChange, in db: Database) throws -> [RunID] {
        guard let task = try task(named: change.task, in: db) else { throw RunError.unknownTask(change.task) }
        let event = try insertEvent(.request(change), in: db)
        return [try queue(task, latestInputs(of: task, in: db), event: event, in: db)]
    }

    /// What the task's source held when it was last seen; a run without a commit finds the head itself.
    private func latestInputs(of task: RegisteredTask, in db: Database) throws -> RunInputs {
        guard let source = try definition(of: task).source?.description else { return RunInputs() }
        let head = try Row.fetchOne(
            db.cachedStatement(sql: "SELECT commit_id, branch FROM git_head WHERE task = ? AND source = ?"),
            arguments: [task.id, source])
        return RunInputs(source: source, commit: head?["commit_id"], branch: head?["branch"])
    }

    /// Gives the task's waiting run one more cause and the newest inputs, or queues a new run.
    private func queue(
        _ task: RegisteredTask, _ inputs: RunInputs, event: Int64, place: BasePlace? = nil, in db: Database
    ) throws -> RunID {
        let waiting = try Int64.fetchOne(
            db.cachedStatement(
                sql: "SELECT id FROM run WHERE task = ? AND state = 'queued' ORDER BY id LIMIT 1"),
            arguments: [task.id])
        let id: RunID
        if let waiting {
            id = RunID(number: waiting)
            try db.cachedStatement(
                sql: """
                    UPDATE run SET text = ?, file = ?, task_version = ?, source = ?, commit_id = ?, branch = ?,
                        not_before = ? WHERE id = ?
                    """
            ).execute(arguments: [
                task.text, task.file, task.version, inputs.source, inputs.commit, inputs.branch, now(),
                waiting,
            ])
        } else {
            id = try insertRun(
                NewRun(
                    taskID: task.id, taskName: task.name, version: task.version, text: task.text,
                    file: task.file),
                inputs, in: db)
        }
        try addCause(event, to: id, place: place, in: db)
        return id
    }

    func addCause(_ event: Int64, to run: RunID, place: BasePlace?, in db: Database) throws {
        try db.cachedStatement(sql: "INSERT OR IGNORE INTO run_cause (run, event, place) VALUES (?, ?, ?)")
            .execute(arguments: [run.number, event, try place.map(encodeJSON)])
    }

    func insertRun(_ run: NewRun, _ inputs: RunInputs, in db: Database) throws -> RunID {
        try db.cachedStatement(
            sql: """
                INSERT INTO run (task, task_name, task_version, text, file, state, created, not_before, source,
                    commit_id, branch, context)
                VALUES (?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            run.taskID, run.taskName, run.version, run.text, run.file, now(), now(), inputs.source,
            inputs.commit,
            inputs.branch, inputs.context,
        ])
        let id = RunID(number: db.lastInsertedRowID)
        try noteState(id, .queued, nil, in: db)
        return id
    }
}

/// What a run builds from.
struct RunInputs {
    var source: String?
    var commit: String?
    var branch: String?
    var context: String?
}

/// What a run executes.
struct NewRun {
    var taskID: Int64?
    var taskName: String
    var version: Int
    var text: String
    var file: String
}

extension RunStore {
    /// Queues a run of a task file that is not registered, over an uploaded context.
    ///
    /// - Parameter context: the digest of a tar archive in the blob store.
    package func queueBuild(
        text: String, file: String, context: String, requester: String
    ) async throws -> RunID {
        _ = try TaskDefinition(parsing: text, file: file)
        let id = try await database.write { db in
            let name = "build"
            let event = try insertEvent(.request(RequestChange(task: name, requester: requester)), in: db)
            let run = NewRun(taskID: nil, taskName: name, version: 1, text: text, file: file)
            let id = try insertRun(run, RunInputs(context: context), in: db)
            try addCause(event, to: id, place: nil, in: db)
            return id
        }
        knock()
        return id
    }
}
