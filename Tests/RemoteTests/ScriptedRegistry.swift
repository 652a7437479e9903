import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// A registry that answers as a test tells it to, faults and all, and remembers what it was asked.
struct ScriptedRegistry: Sendable {
    /// A request, with what came of its body.
    struct Received: Sendable {
        let method: String
        /// Path and query.
        let target: String
        let headers: HTTPFields
        /// What the client takes the registry's host and port to be.
        let host: String
        var body: [UInt8] = []

        var path: Substring { target.prefix { $0 != "?" } }
        var line: String { "\(method) \(target)" }
        func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }
    }

    enum Reply: Sendable {
        case status(Int, [String: String] = [:], body: [UInt8] = [])
        /// Promises so many bytes, and breaks the connection behind `body`.
        case truncated(Int = 200, [String: String] = [:], body: [UInt8], promised: Int)
        /// Breaks the connection without an answer.
        case broken

        static func json(_ status: Int, _ text: String, _ headers: [String: String] = [:]) -> Reply {
            .status(
                status, headers.merging(["Content-Type": "application/json"]) { $1 }, body: Array(text.utf8))
        }
    }

    /// Keeps the channel, which a fault closes.
    struct Context: RequestContext {
        var coreContext: CoreRequestContextStorage
        let channel: any Channel

        init(source: ApplicationRequestContextSource) {
            coreContext = .init(source: source)
            channel = source.channel
        }
    }

    private final class Log: Sendable {
        let requests = Mutex<[Received]>([])
    }

    /// Host and port.
    let host: String
    private let log: Log

    var requests: [Received] { log.requests.withLock { $0 } }
    var lines: [String] { requests.map(\.line) }

    /// Serves on a free port for the length of `body`.
    ///
    /// - Parameter limit: how many bytes of a request's body are read before `reply` is asked; `nil` for all.
    static func serving<Result: Sendable>(
        limit: @escaping @Sendable (Received) -> Int?,
        _ reply: @escaping @Sendable (Received) throws -> Reply,
        _ body: @escaping @Sendable (ScriptedRegistry) async throws -> Result
    ) async throws -> Result {
        let log = Log()
        let responder = CallbackResponder<Context> { request, context in
            var received = Received(
                method: request.method.rawValue, target: request.uri.string, headers: request.headers,
                host: request.head.authority ?? "")
            let limit = limit(received) ?? .max
            for try await piece in request.body where received.body.count < limit {
                received.body += piece.readableBytesView.prefix(limit - received.body.count)
                if received.body.count >= limit { break }
            }
            log.requests.withLock { $0.append(received) }
            return try await Self.response(reply(received), context, isHead: request.method == .head)
        }
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            responder: responder, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in continuation.yield(channel.localAddress?.port ?? 0) },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try await application.run()
                return nil
            }
            group.addTask {
                for await port in ports {
                    return try await body(ScriptedRegistry(host: "127.0.0.1:\(port)", log: log))
                }
                return nil
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }

    static func serving<Result: Sendable>(
        _ reply: @escaping @Sendable (Received) throws -> Reply,
        _ body: @escaping @Sendable (ScriptedRegistry) async throws -> Result
    ) async throws -> Result {
        try await serving(limit: { _ in nil }, reply, body)
    }

    private static func response(
        _ reply: Reply, _ context: Context, isHead: Bool
    ) async throws -> Response {
        switch reply {
        case .status(let status, let headers, let body):
            return Response(
                status: .init(code: status), headers: fields(headers),
                body: isHead ? .init() : .init(byteBuffer: ByteBuffer(bytes: body)))
        case .truncated(let status, let headers, let body, let promised):
            let channel = context.channel
            return Response(
                status: .init(code: status), headers: fields(headers),
                body: .init(contentLength: promised) { writer in
                    try await writer.write(ByteBuffer(bytes: body))
                    try await channel.close()
                })
        case .broken:
            try await context.channel.close()
            return Response(status: .ok)
        }
    }

    private static func fields(_ headers: [String: String]) -> HTTPFields {
        var fields = HTTPFields()
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        return fields
    }
}
