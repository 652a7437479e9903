import ArgumentParser

/// `slipway run cancel`.
struct RunCancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Cancel a run that waits or executes.")

    @Argument(help: "The run, such as `r2`.")
    var run: String

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let record = try await daemon.withClient {
            try await $0.cancel(run, as: Surroundings.current.requester)
        }
        try output.show(record)
    }
}
