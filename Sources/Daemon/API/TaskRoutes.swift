import ControlAPI
import Hummingbird
import Runs

/// `/api/v1/tasks`.
struct TaskRoutes<Context: RequestContext> {
    let runs: RunStore
    /// Makes the watchers look at once.
    let tasksChanged: @Sendable () -> Void

    func add(to group: RouterGroup<Context>) {
        group.get("tasks", use: list)
        group.post("tasks", use: create)
        group.get("tasks/:name", use: show)
        group.put("tasks/:name", use: update)
        group.delete("tasks/:name", use: delete)
        group.post("tasks/:name/runs", use: run)
    }

    @Sendable private func list(_: Request, _: Context) async throws -> Response {
        var records: [TaskRecord] = []
        for task in try await runs.tasks() { records.append(try await record(task)) }
        return try jsonResponse(TaskList(tasks: records))
    }

    @Sendable private func create(_ request: Request, _: Context) async throws -> Response {
        let body = try await request.document(TaskText.self)
        let task = try await runs.createTask(text: body.text, file: body.file, name: body.name)
        tasksChanged()
        return try jsonResponse(try await record(task), .created)
    }

    @Sendable private func show(_: Request, _ context: Context) async throws -> Response {
        let task = try await runs.task(named: context.parameters.require("name"))
        var record = try await record(task)
        record.text = task.text
        return try jsonResponse(record)
    }

    @Sendable private func update(_ request: Request, _ context: Context) async throws -> Response {
        let body = try await request.document(TaskText.self)
        let name = try context.parameters.require("name")
        let task = try await runs.updateTask(named: name, text: body.text, file: body.file)
        tasksChanged()
        return try jsonResponse(try await record(task))
    }

    @Sendable private func delete(_: Request, _ context: Context) async throws -> Response {
        try await runs.deleteTask(named: context.parameters.require("name"))
        return Response(status: .noContent)
    }

    @Sendable private func run(_ request: Request, _ context: Context) async throws -> Response {
        let requester = try await request.document(Requester.self).requester
        let name = try context.parameters.require("name")
        let queued = try await runs.record(.request(RequestChange(task: name, requester: requester)))
        return try jsonResponse(QueuedRuns(runs: queued.map { "\($0)" }), .accepted)
    }

    private func record(_ task: RegisteredTask) async throws -> TaskRecord {
        var record = try TaskRecord(task)
        record.lastRun = try await runs.runs(RunFilter(taskName: task.name, limit: 1)).first.map {
            RunRecord($0)
        }
        if let source = record.source {
            record.fault = try await runs.fault(of: WatchSubject.source(source))?.message
        }
        return record
    }
}
