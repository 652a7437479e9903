import Database
import GRDB
package import TaskFile

/// A task as it is registered.
package struct RegisteredTask: Hashable, Sendable {
    package var id: Int64
    package var name: String
    /// Counts from 1; each change of the text is a new version.
    package var version: Int
    package var text: String
    package var file: String
    /// `api`, or the folder that the task is kept equal to.
    package var origin: String
    package var created: Timestamp
    package var updated: Timestamp

    /// The task as its text defines it.
    package func definition() throws(TaskFileError) -> TaskDefinition {
        try TaskDefinition(parsing: text, file: file)
    }
}

extension RegisteredTask {
    init(row: Row) {
        self.init(
            id: row["id"], name: row["name"], version: row["version"], text: row["text"], file: row["file"],
            origin: row["origin"], created: row["created"], updated: row["updated"])
    }
}

extension RunStore {
    /// The origin of tasks that were registered by hand.
    package static let byHand = "api"

    /// Registers a task file under the name it gives, or `name`.
    ///
    /// Throws ``TaskFileError`` when the file is wrong, and ``RunError`` when the name is taken or missing.
    package func createTask(
        text: String, file: String, name: String? = nil, origin: String = byHand
    ) async throws -> RegisteredTask {
        let definition = try TaskDefinition(parsing: text, file: file)
        guard let name = name ?? definition.name else { throw RunError.nameless(file: file) }
        return try await database.write { db in
            if let old = try task(named: name, includingDeleted: true, in: db) {
                guard try isDeleted(old, in: db) else { throw RunError.nameTaken(name) }
                return try replace(old, text: text, file: file, origin: origin, in: db)
            }
            try db.execute(
                sql: """
                    INSERT INTO task (name, version, text, file, origin, created, updated) VALUES (?, 0, ?, ?, ?, ?, ?)
                    """,
                arguments: [name, text, file, origin, now(), now()])
            guard let new = try task(named: name, in: db) else { throw RunError.unknownTask(name) }
            return try replace(new, text: text, file: file, origin: origin, in: db)
        }
    }

    /// Gives a task a new text; an equal text changes nothing.
    ///
    /// - Parameter origin: who asks: a task that is kept equal to a file is changed only through that file.
    package func updateTask(
        named name: String, text: String, file: String, origin: String = byHand
    ) async throws -> RegisteredTask {
        _ = try TaskDefinition(parsing: text, file: file)
        return try await database.write { db in
            let old = try requireTask(named: name, origin: origin, in: db)
            if old.text == text, old.file == file, old.origin == origin { return old }
            return try replace(old, text: text, file: file, origin: origin, in: db)
        }
    }

    /// Removes a task; its runs stay, and what is queued of it is canceled.
    package func deleteTask(named name: String, origin: String = byHand) async throws {
        let canceled = try await database.write { db in
            let task = try requireTask(named: name, origin: origin, in: db)
            try db.execute(sql: "UPDATE task SET deleted = ? WHERE id = ?", arguments: [now(), task.id])
            try db.execute(sql: "DELETE FROM git_head WHERE task = ?", arguments: [task.id])
            let queued = try Int64.fetchAll(
                db, sql: "SELECT id FROM run WHERE task = ? AND state = 'queued'", arguments: [task.id])
            for id in queued {
                try end(RunID(number: id), .canceled, "its task was deleted", whereState: .queued, in: db)
            }
            return queued.map(RunID.init(number:))
        }
        for id in canceled { hub.wake(id) }
    }

    /// All tasks by name.
    package func tasks() async throws -> [RegisteredTask] {
        try await database.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM task WHERE deleted IS NULL ORDER BY name")
                .map(RegisteredTask.init(row:))
        }
    }

    /// Throws ``RunError/unknownTask(_:)`` when there is none of that name.
    package func task(named name: String) async throws -> RegisteredTask {
        try await database.read { db in
            guard let task = try task(named: name, in: db) else { throw RunError.unknownTask(name) }
            return task
        }
    }

    private func requireTask(named name: String, origin: String, in db: Database) throws -> RegisteredTask {
        guard let task = try task(named: name, in: db) else { throw RunError.unknownTask(name) }
        guard task.origin == origin || task.origin == Self.byHand else {
            throw RunError.managedByFile(task: name, origin: task.origin)
        }
        return task
    }

    func task(named name: String, includingDeleted: Bool = false, in db: Database) throws -> RegisteredTask? {
        let filter = includingDeleted ? "" : " AND deleted IS NULL"
        return try Row.fetchOne(db, sql: "SELECT * FROM task WHERE name = ?\(filter)", arguments: [name])
            .map(RegisteredTask.init(row:))
    }

    func task(_ id: Int64, in db: Database) throws -> RegisteredTask? {
        try Row.fetchOne(db, sql: "SELECT * FROM task WHERE id = ? AND deleted IS NULL", arguments: [id])
            .map(RegisteredTask.init(row:))
    }

    private func isDeleted(_ task: RegisteredTask, in db: Database) throws -> Bool {
        try Timestamp.fetchOne(db, sql: "SELECT deleted FROM task WHERE id = ?", arguments: [task.id]) != nil
    }

    private func replace(
        _ task: RegisteredTask, text: String, file: String, origin: String, in db: Database
    ) throws -> RegisteredTask {
        var task = task
        (task.text, task.file, task.origin, task.version, task.updated) = (
            text, file, origin, task.version + 1, now()
        )
        try db.execute(
            sql: """
                UPDATE task SET text = ?, file = ?, origin = ?, version = ?, updated = ?, deleted = NULL WHERE id = ?
                """,
            arguments: [text, file, origin, task.version, task.updated, task.id])
        try db.execute(
            sql: "INSERT INTO task_version (task, version, text, created) VALUES (?, ?, ?, ?)",
            arguments: [task.id, task.version, text, task.updated])
        return task
    }
}
