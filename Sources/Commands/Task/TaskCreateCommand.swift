import ArgumentParser
import ControlAPI

/// `slipway task create`.
struct TaskCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a task out of a file.")

    @OptionGroup var file: TaskFileOptions

    @Option(help: "The task's name, where the file gives none or another one is wanted.")
    var name: String?

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let text = try file.text(name: name)
        let task: TaskRecord = try await daemon.withClient {
            try await $0.answer(to: .init(.POST, "tasks", body: .json(text)))
        }
        try output.show(task)
    }
}
