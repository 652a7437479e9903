import ArgumentParser
import ControlAPI

/// `slipway run show`.
struct RunShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a run: its causes, its steps, and what it published.")

    @Argument(help: "The run, such as `r2`.")
    var run: String

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let detail: RunDetail = try await daemon.withClient {
            try await $0.answer(to: .init(.GET, "runs", run))
        }
        try output.show(detail)
    }
}
