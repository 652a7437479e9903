import ArgumentParser
import AsyncHTTPClient
import ControlAPI
import NIOCore

/// `slipway logs`.
struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Print a run's log.",
        discussion: "With --follow the exit status is the run's: 0 when it succeeded, else 1.")

    @Argument(help: "The run, such as `r2`.")
    var run: String

    @Flag(name: .shortAndLong, help: "Go on until the run is over.")
    var follow = false

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let surroundings = Surroundings.current
        try await daemon.withClient { client in
            guard follow else { return try await print(client, surroundings) }
            let watch = RunWatch(
                client: client, run: run, interruption: .leaves, write: surroundings.write)
            try await watch.result()?.run.requireSuccess()
        }
    }

    private func print(_ client: ControlClient, _ surroundings: Surroundings) async throws {
        let query = [("offset", "0"), ("follow", "false")]
        var buffers = try await client.stream(.init(.GET, "runs", run, "logs", query: query))
            .makeAsyncIterator()
        while let buffer = try await client.next(&buffers) {
            try surroundings.write(Array(buffer.readableBytesView))
        }
    }
}
