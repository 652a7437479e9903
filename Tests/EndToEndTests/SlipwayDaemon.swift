import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

/// `slipway serve` as a process, with a data directory and a registry port of its own, and the command line for it.
final class SlipwayDaemon: Sendable {
    /// What `slipway serve` is told beside its data directory and address.
    struct Options: Sendable {
        var pollInterval = "200ms"
        var grace = "20s"
        var concurrency = 2
        /// A folder of task files.
        var tasks: String?
        /// Where the data directory is to be, where the test's own directory will not do.
        var data: String?
    }

    private static let places = Places(3)

    let directory: TemporaryDirectory
    /// The data directory.
    let data: String
    /// The embedded registry's host and port; they outlive restarts.
    let registry: String
    private let options: Options
    private let program: String
    private let state = Mutex<(process: RunningProgram?, starts: Int, commands: Int)>((nil, 0, 0))

    /// Runs a daemon for the length of `body`, and ends it however that ends.
    ///
    /// Throws what `body` throws, with the daemon's last words.
    static func running<Result>(
        _ options: Options = Options(), _ body: (SlipwayDaemon) async throws -> Result
    ) async throws -> Result {
        let daemon = try SlipwayDaemon(options)
        await places.take()
        defer { places.give() }
        do {
            try await daemon.start()
            let result = try await body(daemon)
            await daemon.kill()
            return result
        } catch {
            let lines = daemon.log.split(separator: "\n").filter { !$0.contains("[ServiceLifecycle]") }
            let log = lines.suffix(40).joined(separator: "\n")
            await daemon.kill()
            throw DaemonTestFailure(cause: error, log: log)
        }
    }

    private init(_ options: Options) throws {
        directory = try TemporaryDirectory.required
        data = options.data ?? directory.path("data")
        registry = "127.0.0.1:\(try Self.freePort())"
        program = try Self.programPath()
        self.options = options
    }

    /// `slipway` beside the test bundle: SwiftPM builds both into one directory.
    static func programPath() throws -> String {
        let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = URL(filePath: bundle).deletingLastPathComponent().appending(path: "slipway").path
        try #require(FileManager.default.isExecutableFile(atPath: path), "there is no program at \(path)")
        return path
    }

    private static let nextPort = Mutex(Int.random(in: 20_000..<29_000))

    /// A port that nobody has now, and that the system gives to nobody who asks for any: it is to be free after a
    /// restart too. No two calls return the same.
    static func freePort() throws -> Int {
        for _ in 0..<100 {
            let port = nextPort.withLock { port in
                port = port < 29_999 ? port + 1 : 20_000
                return port
            }
            // Why it cannot be had does not matter: the next one is tried.
            if (try? LoopbackSocket(port: port)) != nil { return port }
        }
        throw POSIXError(.EADDRINUSE)
    }

    /// The arguments of `slipway serve`.
    var serveArguments: [String] {
        var arguments = [
            "serve", "--data", data, "--registry-address", registry, "--poll-interval", options.pollInterval,
            "--grace", options.grace, "--concurrency", "\(options.concurrency)", "--log-level", "debug",
        ]
        if let tasks = options.tasks { arguments += ["--tasks", tasks] }
        return arguments
    }

    /// Starts it, again where it ran before, and waits until it is open.
    func start() async throws {
        let number = state.withLock { state in
            state.starts += 1
            return state.starts
        }
        let process = try RunningProgram(
            program, serveArguments, log: directory.path("serve-\(number)"), environment: environment)
        state.withLock { $0.process = process }
        try await eventually("the daemon is open") {
            guard process.isRunning else { throw DaemonDidNotStart(log: process.errors) }
            let log = process.errors
            return log.contains("The control API is open") && log.contains("The registry is open")
        }
    }

    /// What it said since its last start.
    var log: String { state.withLock { $0.process }?.errors ?? "" }

    /// `kill -9`: it is gone when this returns.
    func kill() async { await state.withLock { $0.process }?.destroy() }

    /// Sends SIGTERM, and returns once the daemon has noticed it.
    func askToStop() async throws {
        state.withLock { $0.process }?.send(SIGTERM)
        try await eventually("the daemon notices SIGTERM") { self.log.contains("Signal caught") }
    }

    /// Waits for its end after ``askToStop()``, and returns its exit status.
    func end() async -> Int32 { await state.withLock { $0.process }?.outcome().status ?? -1 }

    private var environment: [String: String] {
        // The home directory is the test's: no credentials of the user are found.
        ["SLIPWAY_DATA": data, "HOME": directory.path, "USER": "tester", "TMPDIR": directory.path]
    }

    /// Starts `slipway ARGUMENTS` beside the test.
    func begin(_ arguments: String...) throws -> RunningProgram { try begin(arguments) }

    func begin(_ arguments: [String]) throws -> RunningProgram {
        let number = state.withLock { state in
            state.commands += 1
            return state.commands
        }
        return try RunningProgram(
            program, arguments, log: directory.path("command-\(number)"), environment: environment,
            directory: directory.path)
    }

    /// Runs `slipway ARGUMENTS` to its end.
    func slipway(_ arguments: String...) async throws -> RunningProgram.Outcome {
        try await begin(arguments).outcome()
    }

    /// Likewise, and reads the JSON that it prints.
    ///
    /// Throws ``CommandFailure`` when it fails.
    func record<Record: Decodable>(_: Record.Type, _ arguments: String...) async throws -> Record {
        let outcome = try await begin(arguments + ["--output", "json"]).outcome()
        guard outcome.status == 0 else { throw CommandFailure(arguments: arguments, outcome: outcome) }
        return try JSONDecoder().decode(Record.self, from: Data(outcome.output.utf8))
    }

    /// Likewise, for what is only to succeed; returns standard output.
    @discardableResult
    func succeed(_ arguments: String...) async throws -> String {
        let outcome = try await begin(arguments).outcome()
        guard outcome.status == 0 else { throw CommandFailure(arguments: arguments, outcome: outcome) }
        return outcome.output
    }
}

/// A test that ended early, with the daemon's last words.
struct DaemonTestFailure: Error, CustomStringConvertible {
    let cause: any Error
    let log: String

    var description: String { "\(cause)\nThe daemon said:\n\(log)" }
}

struct DaemonDidNotStart: Error, CustomStringConvertible {
    let log: String

    var description: String { "the daemon did not start: \(log)" }
}

struct CommandFailure: Error, CustomStringConvertible {
    let arguments: [String]
    let outcome: RunningProgram.Outcome

    var description: String {
        "slipway \(arguments.joined(separator: " ")) ended with \(outcome.status): \(outcome.output)\(outcome.errors)"
    }
}
