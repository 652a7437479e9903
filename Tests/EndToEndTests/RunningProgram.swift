import Foundation
import Glibc

/// A program that runs beside the test; what it says goes to files, so that no thread waits for it.
final class RunningProgram: Sendable {
    /// What a program said, and how it ended.
    struct Outcome: Sendable {
        /// The exit status; 128 and the signal's number where one ended it, as in a shell.
        var status: Int32
        var output: String
        var errors: String
    }

    private let process: Process
    private let end = Gate()
    private let outputFile: String
    private let errorFile: String

    /// - Parameters:
    ///   - log: the program's output goes to this path with `.out` and `.err` behind it.
    ///   - environment: beside `PATH`.
    init(
        _ path: String, _ arguments: [String], log: String, environment: [String: String] = [:],
        directory: String? = nil
    ) throws {
        (outputFile, errorFile) = (log + ".out", log + ".err")
        process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        let searched = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin:/usr/sbin:/sbin"
        process.environment = environment.merging(["PATH": searched]) { own, _ in own }
        if let directory { process.currentDirectoryURL = URL(filePath: directory) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try Self.file(outputFile)
        process.standardError = try Self.file(errorFile)
        process.terminationHandler = { [end] _ in end.open() }
        try process.run()
    }

    private static func file(_ path: String) throws -> FileHandle {
        try Data().write(to: URL(filePath: path))
        return try FileHandle(forWritingTo: URL(filePath: path))
    }

    var isRunning: Bool { process.isRunning }

    /// What it has said so far; a file that is gone counts as silence.
    var output: String { (try? String(contentsOfFile: outputFile, encoding: .utf8)) ?? "" }
    var errors: String { (try? String(contentsOfFile: errorFile, encoding: .utf8)) ?? "" }

    func send(_ signal: Int32) {
        if process.isRunning { kill(process.processIdentifier, signal) }
    }

    /// Waits for its end.
    func outcome() async -> Outcome {
        await end.pass()
        // A test that is canceled waits no longer.
        if process.isRunning { return Outcome(status: -1, output: output, errors: errors) }
        let status = process.terminationStatus
        return Outcome(
            status: process.terminationReason == .exit ? status : 128 + status, output: output, errors: errors
        )
    }

    /// Ends it at once, as a loss of power would, and waits until it is gone.
    func destroy() async {
        send(SIGKILL)
        _ = await outcome()
    }
}
