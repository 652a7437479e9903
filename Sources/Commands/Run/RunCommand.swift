import ArgumentParser

/// `slipway run`.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "List, show and cancel runs.",
        subcommands: [RunListCommand.self, RunShowCommand.self, RunCancelCommand.self])
}
