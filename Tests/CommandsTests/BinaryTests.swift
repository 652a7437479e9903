import ControlAPI
import Foundation
import HTTPTypes
import TestSupport
import Testing

@Suite("The program", .temporaryDirectory) struct BinaryTests {
    /// `slipway` beside the test bundle: SwiftPM builds both into one directory.
    static func path() throws -> String {
        let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = URL(filePath: bundle).deletingLastPathComponent().appending(path: "slipway").path
        try #require(FileManager.default.isExecutableFile(atPath: path), "there is no program at \(path)")
        return path
    }

    @Test func `refuses what is no command line on standard error`() throws {
        let result = try run(try Self.path(), ["run", "lst"])
        #expect(result.status == 2 && result.output.isEmpty)
        #expect(result.errors.hasPrefix("error: unexpected argument `lst`"), "\(result.errors)")
        #expect(result.errors.hasSuffix("hint: did you mean `slipway run list`?\n"), "\(result.errors)")
    }

    @Test func `says which socket no daemon answers on`() throws {
        let data = try TemporaryDirectory.required.path
        let result = try run(try Self.path(), ["run", "list"], environment: ["SLIPWAY_DATA": data])
        #expect(result.status == 3 && result.output.isEmpty)
        #expect(result.errors.contains("`\(data)/slipway.sock`"))
    }

    @Test func `tells its version`() throws {
        let result = try run(try Self.path(), ["--version"])
        #expect(result.status == 0 && result.output == "\(SlipwayVersion.current)\n")
    }

    @Test func `leaves a log on Ctrl-C`() async throws {
        let directory = try TemporaryDirectory.required
        let (program, data) = (try Self.path(), directory.path)
        let daemon = FakeDaemon { request in
            request.line == "GET /runs/r1"
                ? .json(.ok, RunDetail.sample(state: "running"))
                : .text(request.line.contains("offset=0&") ? "started\n" : "")
        }
        let (status, errors) = try await daemon.serve(in: directory) {
            // Waiting for a process blocks, and the daemon needs the threads of the cooperative pool.
            try await withCheckedThrowingContinuation { continuation in
                DispatchQueue.global().async {
                    continuation.resume(
                        with: Result { try Self.interrupt(program, ["logs", "-f", "r1"], data) })
                }
            }
        }
        #expect(status == 0)
        #expect(errors == "hint: r1 goes on; cancel it with `slipway run cancel r1`\n")
    }

    /// Starts the program, and interrupts it once it has said something.
    private static func interrupt(
        _ program: String, _ arguments: [String], _ data: String
    ) throws -> (status: Int32, errors: String) {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = ["SLIPWAY_DATA": data]
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        #expect(String(decoding: output.fileHandleForReading.availableData, as: UTF8.self) == "started\n")
        process.interrupt()
        process.waitUntilExit()
        let said = errors.fileHandleForReading.readDataToEndOfFile()
        return (
            process.terminationReason == .exit ? process.terminationStatus : -1,
            String(decoding: said, as: UTF8.self)
        )
    }

    @Test func `ends quietly when the reader of its output has gone`() throws {
        let program = try Self.path()
        let script = "'\(program)' --help | true; echo ${PIPESTATUS[0]}"
        for _ in 0..<5 {
            let result = try run("/bin/bash", ["-c", script])
            #expect(result.output == "0\n" && result.errors.isEmpty)
        }
    }
}
