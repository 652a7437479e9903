import ArgumentParser
import ControlAPI

/// `slipway task show`.
struct TaskShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a task and its file.")

    @Argument(help: ArgumentHelp("The task's name.", valueName: "task"))
    var name: String

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let task: TaskRecord = try await daemon.withClient {
            try await $0.answer(to: .init(.GET, "tasks", name))
        }
        try output.show(task)
    }
}
