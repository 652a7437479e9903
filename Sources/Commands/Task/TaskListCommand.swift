import ArgumentParser
import ControlAPI

/// `slipway task list`.
struct TaskListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List all tasks.")

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let tasks: TaskList = try await daemon.withClient { try await $0.answer(to: .init(.GET, "tasks")) }
        try output.show(tasks)
    }
}
