import ArgumentParser
import ControlAPI

/// `slipway task run`.
struct TaskRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a task now.",
        discussion: """
            Prints the run's id. With --follow it prints the run's log instead, and the exit status is the run's; \
            Ctrl-C then leaves the run to itself.
            """)

    @Argument(help: ArgumentHelp("The task's name.", valueName: "task"))
    var name: String

    @Flag(name: .shortAndLong, help: "Print the log until the run is over.")
    var follow = false

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let surroundings = Surroundings.current
        try await daemon.withClient { client in
            let requester = Requester(requester: surroundings.requester)
            let queued: QueuedRuns = try await client.answer(
                to: .init(.POST, "tasks", name, "runs", body: .json(requester)))
            guard follow else { return try output.show(queued) }
            for run in queued.runs {
                surroundings.say("run \(run)")
                let watch = RunWatch(
                    client: client, run: run, interruption: .leaves, write: ClosableOutput.write)
                guard let detail = try await watch.result() else { return }
                try detail.run.requireSuccess()
            }
        }
    }
}
