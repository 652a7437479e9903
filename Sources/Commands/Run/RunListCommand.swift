import ArgumentParser
import ControlAPI
import Terminal

/// `slipway run list`.
struct RunListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List runs, the newest first.")

    @Option(help: "Only runs of this task.")
    var task: String?

    @Option(help: "Only runs in this state, such as `queued`, `running`, `succeeded` or `failed`.")
    var state: String?

    @Option(help: "At most so many runs.")
    var limit: Int?

    @Option(help: "Only runs older than this one.")
    var before: String?

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("'--limit \(limit)' should be at least 1") }
    }

    func run() async throws {
        let query = [("task", task), ("state", state), ("limit", limit.map(String.init)), ("before", before)]
        let runs: RunList = try await daemon.withClient {
            try await $0.answer(to: .init(.GET, "runs", query: query))
        }
        try output.show(runs)
        if let next = runs.next, output.output == .table, Surroundings.current.terminal.isInteractive {
            Surroundings.current.say("hint: older ones are behind `--before \(next)`")
        }
    }
}
