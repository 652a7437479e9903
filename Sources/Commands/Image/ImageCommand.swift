import ArgumentParser

/// `slipway image`.
struct ImageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "List, show, import and change images.",
        subcommands: [
            ImageListCommand.self, ImageShowCommand.self, ImageImportCommand.self, ImageRebaseCommand.self,
            ImageAppendCommand.self, ImageMutateCommand.self, ImageDiffCommand.self, ImageExportCommand.self,
        ])
}
