import ArgumentParser

/// `slipway task delete`.
struct TaskDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a task; its runs and images stay.")

    @Argument(help: ArgumentHelp("The task's name.", valueName: "task"))
    var name: String

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        try await daemon.withClient { try await $0.perform(.init(.DELETE, "tasks", name)) }
        Surroundings.current.say("deleted the task `\(name)`")
    }
}
