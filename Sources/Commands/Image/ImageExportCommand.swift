import ArgumentParser
import BuildHost

/// `slipway image export`.
struct ImageExportCommand: AsyncParsableCommand, ContainerCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Bring an image somewhere else, or its files out of it.",
        discussion: """
            Without an output the image's files are written to standard output as one tar archive, what layers hide \
            left out.
            """)

    @Argument(help: "The image.") var image: String

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Where it goes, as with `slipway build`: a path alone takes the files.", valueName: "output"))
    var output: String = "-"

    @OptionGroup var store: StoreOptions

    func stateDirectory(in surroundings: Surroundings) throws -> String {
        try store.directory(in: surroundings)
    }

    func run() async throws {
        let surroundings = Surroundings.current
        try await store.withBuilder { builder, platform in
            let loaded = try await builder.load(try ImageLocation(image), for: platform)
            for output in try LocalBuildArguments.outputs([output], surroundings) {
                let result = try await builder.delivered(
                    builder.result(of: loaded), by: output, madeIn: nil)
                try await builder.write(result, to: output, names: [])
            }
        }
    }
}
