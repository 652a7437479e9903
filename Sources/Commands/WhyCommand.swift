import ArgumentParser
import ControlAPI

/// `slipway why`.
struct WhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "Tell how a run or an image came to be.")

    @Argument(help: ArgumentHelp("A run (`r2`), a tag or a digest.", valueName: "run|image"))
    var subject: String

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let why: WhyRecord = try await daemon.withClient {
            try await $0.answer(to: .init(.GET, "why", query: [("subject", subject)]))
        }
        try output.show(why)
    }
}
