import ControlAPI
import Foundation
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@testable import Commands

@Suite("A followed log", .temporaryDirectory) struct FollowTests {
    static let log = (1...200).map { "line \($0)\n" }.joined()

    /// A daemon whose connections break off after `piece` bytes of the log.
    static func breaking(piece: Int, state: String) -> FakeDaemon {
        FakeDaemon { request in
            guard request.line.contains("/logs?"), let offset = offset(in: request.line) else {
                let isOver = request.line == "GET /runs/r1"
                return isOver
                    ? .json(.ok, RunDetail.sample(state: state))
                    : .json(.notFound, FailureRecord(message: "x"))
            }
            let rest = log.utf8.dropFirst(offset)
            let text = String(decoding: Array(rest.prefix(piece)), as: UTF8.self)
            return rest.count > piece ? .broken(text) : .text(text)
        }
    }

    static func offset(in line: String) -> Int? {
        line.firstMatch(of: /offset=(\d+)&follow=true/).flatMap { Int($0.1) }
    }

    @Test(
        arguments: [("succeeded", 0), ("failed", 1), ("canceled", 1), ("timedOut", 1)] as [(String, Int32)])
    func `is whole although its connections break, and ends with the run's state`(
        state: String, status: Int32
    ) async throws {
        let directory = try TemporaryDirectory.required
        let daemon = Self.breaking(piece: 700, state: state)
        let result = try await daemon.serve(in: directory) {
            await execute(["logs", "-f", "r1", "--data", directory.path])
        }
        #expect(result.output == Self.log)
        #expect(result.status == status)
        #expect(daemon.lines.compactMap(Self.offset) == [0, 700, 1400])
        let expected = "error: the run `r1` \(RunState.claim(state))"
        #expect(result.said == (status == 0 ? [] : [expected, "hint: see `slipway run show r1`"]))
    }

    @Test func `goes on where another daemon takes the run over`() async throws {
        let directory = try TemporaryDirectory.required
        let asked = Mutex(0)
        let daemon = FakeDaemon { request in
            if let offset = Self.offset(in: request.line) {
                return .text(offset == 0 ? "first\n" : "second\n")
            }
            let count = asked.withLock { count in
                count += 1
                return count
            }
            return .json(.ok, RunDetail.sample(state: count == 1 ? "queued" : "succeeded"))
        }
        let result = try await daemon.serve(in: directory) {
            await execute(["logs", "-f", "r1", "--data", directory.path])
        }
        #expect(result.output == "first\nsecond\n" && result.status == 0)
    }

    @Test func `of a run that is not there is an error at once`() async throws {
        let directory = try TemporaryDirectory.required
        let daemon = FakeDaemon { _ in .json(.notFound, FailureRecord(message: "no run `r9`")) }
        let result = try await daemon.serve(in: directory) {
            await execute(["logs", "-f", "r9", "--data", directory.path])
        }
        #expect(result.status == 4 && result.said == ["error: no run `r9`"])
    }

    @Test func `gives up on a daemon that stays away`() async throws {
        let directory = try TemporaryDirectory.required
        let error = await #expect(throws: CommandError.self) {
            let address = try DaemonAddress(socket: directory.path("slipway.sock"))
            try await ControlClient.connected(to: address) { client in
                let daemon = Self.breaking(piece: 10, state: "running")
                // The server stops as soon as the first bytes are there.
                let (arrived, arrive) = AsyncStream.makeStream(of: Void.self)
                async let served: Void = daemon.serve(in: directory) { for await _ in arrived {} }
                let follower = LogFollower(
                    client: client, run: "r1", clock: ContinuousClock(), patience: .milliseconds(100))
                while !FileManager.default.fileExists(atPath: directory.path("slipway.sock")) {
                    await Task.yield()
                }
                _ = try await follower.follow { _ in arrive.finish() }
                try await served
            }
        }
        #expect(error?.status == .unreachable)
    }

    @Test func `is left by an interruption, and the run goes on`() async throws {
        let directory = try TemporaryDirectory.required
        let daemon = FakeDaemon { request in
            Self.offset(in: request.line) == nil
                ? .json(.ok, RunDetail.sample(state: "running")) : .text("")
        }
        let result = try await daemon.serve(in: directory) {
            await execute(
                ["logs", "-f", "r1", "--data", directory.path],
                interruptions: {
                    AsyncStream { continuation in continuation.yield() }
                })
        }
        #expect(result.status == 0)
        #expect(result.said == ["hint: r1 goes on; cancel it with `slipway run cancel r1`"])
        #expect(!daemon.lines.contains { $0.contains("cancel") })
    }
}

@Suite("A build", .temporaryDirectory) struct BuildTests {
    /// Answers as a daemon does whose build ends in `state`; until it is canceled, where `waits`.
    static func daemon(state: String, waits: Bool = false) -> FakeDaemon {
        let isCanceled = Mutex(false)
        return FakeDaemon { request in
            switch request.line {
            case "POST /contexts":
                return .json(
                    .created, UploadedContext(digest: "sha256:ee", size: Int64(request.body.count)))
            case "POST /builds": return .json(.accepted, QueuedRuns(runs: ["r1"]))
            case "POST /runs/r1/cancel":
                isCanceled.withLock { $0 = true }
                return .json(.accepted, RunDetail.sample(state: "canceled").run)
            case "GET /runs/r1":
                let isOver = !waits || isCanceled.withLock { $0 }
                return .json(.ok, RunDetail.sample(state: isOver ? state : "running"))
            default:
                return FollowTests.offset(in: request.line) == 0 ? .text("the log\n") : .text("")
            }
        }
    }

    static func build(
        _ words: [String], _ daemon: FakeDaemon, environment: [String: String] = [:],
        interruptions: (@Sendable () -> AsyncStream<Void>)? = nil
    ) async throws -> Executed {
        let directory = try TemporaryDirectory.required
        try directory.write("FROM scratch\n", to: "in/Dockerfile")
        try directory.write("x", to: "in/x.txt")
        return try await daemon.serve(in: directory) {
            await execute(
                ["build", "in", "--data", directory.path] + words, environment: environment,
                directory: directory.path, interruptions: interruptions)
        }
    }

    @Test func `sends its context and its words, and prints the log`() async throws {
        let daemon = Self.daemon(state: "succeeded")
        let words = [
            "-t", "app:1", "--build-arg", "A=1", "--build-arg", "HOME", "--build-arg", "UNSET", "--label",
            "k=v",
            "--target", "last", "--no-cache", "--no-publish",
        ]
        let result = try await Self.build(words, daemon, environment: ["HOME": "/h", "USER": "ann"])
        #expect(result.status == 0 && result.output == "the log\n", "\(result.said)")
        let request = try daemon.requests.first { $0.line == "POST /builds" }?.decoded(BuildRequest.self)
        #expect(
            request
                == BuildRequest(
                    context: "sha256:ee",
                    words: [
                        "-t", "app:1", "-f", "Dockerfile", "--build-arg", "A=1", "--build-arg", "HOME=/h",
                        "--label", "k=v", "--target", "last", "--no-cache",
                    ], isPublished: false, requester: "ann"))
        let directory = try TemporaryDirectory.required
        let archive = try #require(daemon.requests.first { $0.line == "POST /contexts" }?.body)
        try archive.write(to: URL(filePath: directory.path("x.tar")))
        #expect(try run("/bin/tar", ["-tf", directory.path("x.tar")]).output == "Dockerfile\nx.txt\n")
    }

    @Test func `that fails prints its log and fails`() async throws {
        let result = try await Self.build([], Self.daemon(state: "failed"))
        #expect(result.status == 1 && result.output == "the log\n")
        #expect(result.said.first == "error: the run `r1` failed")
    }

    @Test(
        arguments: [
            ("failed", "no stage `x`", "failed: no stage `x`"),
            ("canceled", "canceled by ann", "was canceled by ann"),
            ("canceled", nil, "was canceled"),
            ("errored", "the disk is full", "ended in an error: the disk is full"),
        ] as [(String, String?, String)])
    func `that did not succeed is told in one sentence`(state: String, message: String?, claim: String) {
        let error = #expect(throws: CommandError.self) {
            try RunDetail.sample(state: state, message: message).run.requireSuccess()
        }
        #expect(error?.message == "the run `r1` \(claim)")
        #expect(error?.status == (state == "errored" ? .unreachable : .failed))
    }

    @Test func `that is quiet prints the digest alone, and the log only when it fails`() async throws {
        let good = try await Self.build(["-q"], Self.daemon(state: "succeeded"))
        #expect(good.output == "sha256:cc\n" && good.said.isEmpty)
        let bad = try await Self.build(["-q"], Self.daemon(state: "failed"))
        #expect(bad.output.isEmpty && bad.said.first == "the log")
    }

    @Test func `that is interrupted is canceled`() async throws {
        let daemon = Self.daemon(state: "canceled", waits: true)
        let result = try await Self.build(
            [], daemon, interruptions: { AsyncStream { continuation in continuation.yield() } })
        #expect(result.status == 1)
        #expect(daemon.lines.contains("POST /runs/r1/cancel"))
        #expect(result.said.first == "canceling r1; interrupt again to leave it")
        #expect(result.said.contains("error: the run `r1` was canceled"))
    }

    @Test func `that is refused sends no second request`() async throws {
        let daemon = FakeDaemon { _ in
            .json(.contentTooLarge, FailureRecord(message: "the context is too large"))
        }
        let result = try await Self.build([], daemon)
        #expect(result.status == 1 && result.said == ["error: the context is too large"])
        #expect(daemon.lines == ["POST /contexts"])
    }
}
