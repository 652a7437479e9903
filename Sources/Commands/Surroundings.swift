import Foundation
import Glibc
import Sandbox
package import Terminal

/// What a command sees of the process that it runs in.
package struct Surroundings: Sendable {
    package var environment: [String: String]
    /// What standard output can show.
    package var terminal: Terminal
    /// Whether the user is root; who is so only in a user namespace of this program is not.
    package var isRoot: Bool
    package var currentDirectory: String
    /// Writes to standard output.
    package var write: @Sendable ([UInt8]) throws -> Void
    /// Writes a line to standard error.
    package var say: @Sendable (String) -> Void
    /// Traps Ctrl-C and `SIGTERM` for as long as the stream is read.
    package var interruptions: @Sendable () -> AsyncStream<Void>

    package init(
        environment: [String: String], terminal: Terminal, isRoot: Bool, currentDirectory: String,
        write: @escaping @Sendable ([UInt8]) throws -> Void, say: @escaping @Sendable (String) -> Void
    ) {
        self.environment = environment
        self.terminal = terminal
        self.isRoot = isRoot
        self.currentDirectory = currentDirectory
        self.write = write
        self.say = say
        interruptions = { AsyncStream { _ in } }
    }

    /// The surroundings of the command that runs.
    @TaskLocal package static var current = Surroundings.ofProcess

    private static var ofProcess: Surroundings {
        let environment = ProcessInfo.processInfo.environment
        var surroundings = Surroundings(
            environment: environment,
            terminal: Terminal(fileDescriptor: STDOUT_FILENO, environment: environment),
            isRoot: geteuid() == 0 && !UserNamespace.isOwn,
            currentDirectory: FileManager.default.currentDirectoryPath,
            write: { try OutputFile.standardOutput.write($0) },
            // Who cannot be told anything cannot be told that either.
            say: { try? OutputFile.standardError.write(Array("\($0)\n".utf8)) })
        surroundings.interruptions = trapInterruptions
        return surroundings
    }

    @Sendable private static func trapInterruptions() -> AsyncStream<Void> {
        AsyncStream { continuation in
            let trap = SignalTrap([SIGINT, SIGTERM]) { continuation.yield() }
            continuation.onTermination = { _ in trap.release() }
        }
    }

    /// How many processors there are to use.
    package var processors: Int { ProcessInfo.processInfo.activeProcessorCount }

    /// The file or folder, from the current directory where it is relative.
    package func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : currentDirectory + "/" + path
    }

    /// Who asks for something, for the daemon's records.
    package var requester: String {
        environment["SUDO_USER"] ?? environment["USER"] ?? environment["LOGNAME"]
            ?? (isRoot ? "root" : "somebody")
    }
}
