/// A task as the control API tells it.
package struct TaskRecord: Hashable, Sendable, Codable {
    package var name: String
    package var version: Int
    package var description: String?
    /// `URL#REF:FOLDER`, without credentials.
    package var source: String?
    /// Which changes run the task: `commit`, `baseImage`.
    package var triggers: [String]
    /// `api`, or the folder that the task is kept equal to.
    package var origin: String
    package var file: String
    /// RFC 3339, UTC.
    package var updated: String
    /// The newest run, where there is one.
    package var lastRun: RunRecord?
    /// What keeps the daemon from seeing the task's source or base images, where something does.
    package var fault: String?
    /// The task file; left out of lists.
    package var text: String?

    package init(
        name: String, version: Int, description: String?, source: String?, triggers: [String], origin: String,
        file: String, updated: String
    ) {
        self.name = name
        self.version = version
        self.description = description
        self.source = source
        self.triggers = triggers
        self.origin = origin
        self.file = file
        self.updated = updated
    }
}

/// The answer to `GET /api/v1/tasks`.
package struct TaskList: Hashable, Sendable, Codable {
    package var tasks: [TaskRecord]

    package init(tasks: [TaskRecord]) { self.tasks = tasks }
}

/// The body of `POST /api/v1/tasks` and `PUT /api/v1/tasks/NAME`.
package struct TaskText: Hashable, Sendable, Codable {
    /// The task's name, where the file gives none or another one is wanted.
    package var name: String?
    /// The file's name, for error messages.
    package var file: String
    package var text: String

    package init(name: String? = nil, file: String, text: String) {
        self.name = name
        self.file = file
        self.text = text
    }
}

/// Who asks, for the event that is recorded: the body of requests that start or stop something.
package struct Requester: Hashable, Sendable, Codable {
    package var requester: String

    package init(requester: String) { self.requester = requester }
}

/// The answer to requests that queue runs.
package struct QueuedRuns: Hashable, Sendable, Codable {
    package var runs: [String]

    package init(runs: [String]) { self.runs = runs }
}
