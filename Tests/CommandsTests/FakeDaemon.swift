import ControlAPI
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization
import TestSupport

@testable import Commands

/// A server on a Unix socket that answers as a test tells it to.
final class FakeDaemon: Sendable {
    /// A request that arrived.
    struct Received: Hashable, Sendable {
        /// `GET /path?query`, behind `/api/v1`.
        var line: String
        var body: Data

        func decoded<Record: Decodable>(_ type: Record.Type = Record.self) throws -> Record {
            try JSONDecoder().decode(Record.self, from: body)
        }
    }

    /// What to answer.
    enum Answer: Sendable {
        case json(HTTPResponse.Status, any Encodable & Sendable)
        case text(String)
        /// Bytes of an answer that breaks off behind them.
        case broken(String)
    }

    private let received = Mutex<[Received]>([])
    private let answer: @Sendable (Received) -> Answer

    init(_ answer: @escaping @Sendable (Received) -> Answer) { self.answer = answer }

    var requests: [Received] { received.withLock { $0 } }
    var lines: [String] { requests.map(\.line) }

    /// Serves in `directory` for the length of `body`.
    func serve<Result: Sendable>(
        in directory: TemporaryDirectory, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        var logger = Logger(label: "fake")
        logger.logLevel = .critical
        let app = Application(
            responder: CallbackResponder<BasicRequestContext> { request, _ in
                try await self.respond(to: request)
            },
            configuration: .init(address: .unixDomainSocket(path: directory.path("slipway.sock"))),
            onServerRunning: { _ in start.finish() }, logger: logger)
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try await app.run()
                return nil
            }
            group.addTask {
                for await _ in started {}
                return try await body()
            }
            defer { group.cancelAll() }
            while let result = try await group.next() { if let result { return result } }
            throw CancellationError()
        }
    }

    @concurrent
    private func respond(to request: Request) async throws -> Response {
        let body = try await request.body.collect(upTo: 16 << 20)
        let path = (request.head.path ?? "").replacingOccurrences(of: "/api/v1", with: "")
        let received = Received(
            line: "\(request.method.rawValue) \(path)", body: Data(body.readableBytesView))
        self.received.withLock { $0.append(received) }
        switch answer(received) {
        case .json(let status, let value):
            let bytes = ByteBuffer(bytes: try JSONEncoder().encode(value))
            return Response(status: status, body: .init(byteBuffer: bytes))
        case .text(let text):
            return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: text)))
        case .broken(let text):
            return Response(
                status: .ok,
                body: .init { writer in
                    try await writer.write(ByteBuffer(string: text))
                    throw Broken()
                })
        }
    }

    private struct Broken: Error {}
}

extension RunDetail {
    /// A run for tests.
    static func sample(state: String, message: String? = nil) -> RunDetail {
        var run = RunRecord(
            id: "r1", task: "app", taskVersion: 2, state: state, created: "2026-01-31T11:59:00Z", attempt: 1)
        run.message = message
        run.seconds = 12.3
        run.commit = "0123456789abcdef0123456789abcdef01234567"
        run.branch = "main"
        run.triggers = ["baseImage"]
        return RunDetail(
            run: run,
            causes: [
                CauseRecord(
                    event: 7, time: "2026-01-31T11:59:00Z", kind: "baseImage",
                    summary:
                        "base image base/busybox:1 moved from digest sha256:aa to digest sha256:bb, found in "
                        + "`FROM` of Dockerfile line 3")
            ],
            steps: [StepRecord(id: "build", kind: "build", state: state)],
            bases: [
                BaseRecord(
                    reference: "base/busybox:1", digest: "sha256:bb", isRuntime: true, file: "Dockerfile",
                    line: 3, instruction: "FROM")
            ], outputs: [OutputRecord(reference: "127.0.0.1:5000/app:1", digest: "sha256:cc")])
    }
}
