import ControlAPI
import Hummingbird
import NIOCore
import OCI
import Runs
import ServiceLifecycle

/// `/api/v1/runs` and `/api/v1/why`.
struct RunRoutes<Context: RequestContext> {
    let runs: RunStore
    let logs: RunLogs
    let stops: RunStops
    let registry: EmbeddedRegistry

    func add(to group: RouterGroup<Context>) {
        group.get("runs", use: list)
        group.get("runs/:id", use: show)
        group.post("runs/:id/cancel", use: cancel)
        group.get("runs/:id/logs", use: log)
        group.get("why", use: why)
    }

    @Sendable private func list(_ request: Request, _: Context) async throws -> Response {
        var filter = RunFilter(taskName: request.query("task"))
        if let text = request.query("state") {
            guard let state = RunState(rawValue: text) else {
                let known = RunState.allCases.map(\.rawValue).joined(separator: ", ")
                throw Failure(.badRequest, "`\(text)` is no state of a run: expected one of \(known)")
            }
            filter.state = state
        }
        if let text = request.query("before") { filter.before = try Self.id(text) }
        if let text = request.query("limit") {
            guard let limit = Int(text), (1...1000).contains(limit) else {
                throw Failure(.badRequest, "`limit` should be a number from 1 to 1000, and is `\(text)`")
            }
            filter.limit = limit
        }
        let found = try await runs.runs(filter)
        let kinds = try await runs.causeKinds(of: found.map(\.id))
        let records = found.map { RunRecord($0, triggers: kinds[$0.id] ?? []) }
        let next = found.count == filter.limit ? found.last.map { "\($0.id)" } : nil
        return try jsonResponse(RunList(runs: records, next: next))
    }

    @Sendable private func show(_: Request, _ context: Context) async throws -> Response {
        try jsonResponse(RunDetail(try await runs.details(of: Self.id(context))))
    }

    @Sendable private func cancel(_ request: Request, _ context: Context) async throws -> Response {
        let requester = try await request.document(Requester.self).requester
        let id = try Self.id(context)
        if try await !runs.cancelQueued(id, by: requester) { stops.stop(id, .canceled(by: requester)) }
        return try jsonResponse(RunRecord(try await runs.run(id)), .accepted)
    }

    @Sendable private func log(_ request: Request, _ context: Context) async throws -> Response {
        let id = try Self.id(context)
        _ = try await runs.run(id)
        let offset = request.query("offset").flatMap { Int64($0) } ?? 0
        guard offset >= 0 else { throw Failure(.badRequest, "`offset` should be a number of bytes") }
        let follows = request.query("follow") == "true"
        let stream = LogStream(runs: runs, logs: logs, run: id, isFollowing: follows)
        return Response(
            status: .ok, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody { writer in
                try await stream.write(from: offset, to: &writer)
                try await writer.finish(nil)
            })
    }

    @Sendable private func why(_ request: Request, _: Context) async throws -> Response {
        guard let subject = request.query("subject"), !subject.isEmpty else {
            throw Failure(.badRequest, "`subject` is missing: expected a run, an image or a digest")
        }
        let id = try await run(of: subject)
        return try jsonResponse(
            WhyRecord(subject: subject, detail: RunDetail(try await runs.details(of: id))))
    }

    /// The run that a person means by its name, or by that of an image that it published.
    private func run(of subject: String) async throws -> RunID {
        if let id = RunID(subject) { return id }
        var reference = subject
        if (try? Digest(subject)) == nil {
            do {
                reference = registry.canonical(try ImageReference(subject, in: registry.host)).description
            } catch {
                throw Failure(
                    .badRequest, "\(error)", hint: "expected a run such as `r1`, an image or a digest")
            }
        }
        guard let id = try await runs.publisher(of: reference) else {
            throw Failure(.notFound, "no run of this daemon published `\(subject)`")
        }
        return id
    }

    private static func id(_ context: Context) throws -> RunID { try id(context.parameters.require("id")) }

    private static func id(_ text: String) throws -> RunID {
        guard let id = RunID(text) else {
            throw Failure(.badRequest, "`\(text)` is not the name of a run: expected one such as `r1`")
        }
        return id
    }
}

/// A run's log as it grows.
private struct LogStream: Sendable {
    let runs: RunStore
    let logs: RunLogs
    let run: RunID
    let isFollowing: Bool

    /// Hands over the bytes from `offset`; when it follows the run, until that is over.
    @concurrent
    func write(from offset: Int64, to writer: inout any ResponseBodyWriter) async throws {
        var offset = offset
        // A daemon that stops does not wait for those who read.
        for await _ in runs.hub.wakeUps(for: run).cancelOnGracefulShutdown() {
            // The state is read first: what is in the log once a run is over is all there will be.
            let isOver = try await runs.run(run).state.isFinal
            while case let bytes = try logs.bytes(of: run, from: offset), !bytes.isEmpty {
                try await writer.write(ByteBuffer(bytes: bytes))
                offset += Int64(bytes.count)
            }
            if isOver || !isFollowing { return }
        }
    }
}
