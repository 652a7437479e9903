import Synchronization
import Terminal

@testable import Commands

/// Surroundings that keep what a command writes.
final class Captured: Sendable {
    private let output = Mutex<[UInt8]>([])
    private let complaints = Mutex<[String]>([])

    /// Standard output.
    var text: String { String(decoding: output.withLock { $0 }, as: UTF8.self) }
    /// The lines of standard error.
    var said: [String] { complaints.withLock { $0 } }

    func surroundings(
        environment: [String: String] = [:], directory: String = "/", terminal: Terminal = .plain
    ) -> Surroundings {
        Surroundings(
            environment: environment, terminal: terminal, isRoot: true, currentDirectory: directory,
            write: { bytes in self.output.withLock { $0 += bytes } },
            say: { line in self.complaints.withLock { $0.append(line) } })
    }
}

/// What a command line did in this process.
struct Executed {
    var status: Int32
    var output: String
    var said: [String]
}

/// Executes a command line in this process.
func execute(
    _ words: [String], environment: [String: String] = [:], directory: String = "/",
    interruptions: (@Sendable () -> AsyncStream<Void>)? = nil
) async -> Executed {
    let captured = Captured()
    var surroundings = captured.surroundings(environment: environment, directory: directory)
    if let interruptions { surroundings.interruptions = interruptions }
    let status = await Surroundings.$current.withValue(surroundings) { await SlipwayProgram.run(words) }
    return Executed(status: status, output: captured.text, said: captured.said)
}
