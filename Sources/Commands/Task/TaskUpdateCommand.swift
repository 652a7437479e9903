import ArgumentParser
import ControlAPI

/// `slipway task update`.
struct TaskUpdateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Give a task a new file, and with it a new version.")

    @Argument(help: ArgumentHelp("The task's name.", valueName: "task"))
    var name: String

    @OptionGroup var file: TaskFileOptions
    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let text = try file.text(name: name)
        let task: TaskRecord = try await daemon.withClient {
            try await $0.answer(to: .init(.PUT, "tasks", name, body: .json(text)))
        }
        try output.show(task)
    }
}
