import Foundation

/// Runs a command line as a test's fixture needs it.
public enum Shell {
    /// What a command line printed, and how it ended.
    public struct Outcome: Sendable {
        public var status: Int32
        /// Standard output and error, as they came.
        public var output: String
    }

    /// Runs `script` with bash in `directory` and waits for its end.
    public static func run(_ script: String, in directory: String) throws -> Outcome {
        try run("/bin/bash", ["-c", script], in: directory)
    }

    /// Runs a program, with nothing expanded in its arguments, and waits for its end.
    public static func run(_ program: String, _ arguments: [String], in directory: String? = nil) throws
        -> Outcome
    {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        if let directory { process.currentDirectoryURL = URL(filePath: directory) }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Outcome(status: process.terminationStatus, output: String(decoding: output, as: UTF8.self))
    }
}
