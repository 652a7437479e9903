import ArgumentParser
import ControlAPI

/// `slipway image show`.
struct ImageShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show an image: its layers and its configuration.")

    @Argument(help: ArgumentHelp("The image, such as `app:1` or `app@sha256:…`.", valueName: "image"))
    var reference: String

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let detail: ImageDetail = try await daemon.withClient {
            try await $0.answer(to: .init(.GET, "images", "show", query: [("reference", reference)]))
        }
        try output.show(detail)
    }
}
