import ArgumentParser
import ControlAPI

/// `slipway image list`.
struct ImageListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the tags of the embedded registry.")

    @Argument(help: "Only this repository.")
    var repository: String?

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        var list: ImageList = try await daemon.withClient { try await $0.answer(to: .init(.GET, "images")) }
        if let repository {
            list.images.removeAll { $0.repository != repository }
            guard !list.images.isEmpty else {
                throw CommandError(
                    "no image named `\(repository)` in the embedded registry",
                    hint: "list them all with `slipway image list`", status: .notFound)
            }
        }
        try output.show(list)
    }
}
