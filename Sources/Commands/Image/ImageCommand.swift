import ArgumentParser

/// `slipway image`.
struct ImageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "List, show and import images of the embedded registry.",
        subcommands: [ImageListCommand.self, ImageShowCommand.self, ImageImportCommand.self])
}
