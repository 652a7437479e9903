import ArgumentParser
import BuildHost

/// `slipway image rebase`.
struct ImageRebaseCommand: AsyncParsableCommand, ContainerCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebase", abstract: "Put an image on another base, without building it.",
        discussion: """
            Images are references, `oci:PATH[:TAG]` or `docker-archive:FILE`. The layers of the old base are \
            exchanged for those of the new one; no layer is made, and none is sent that the registry has.
            """)

    @Argument(help: "The image.") var image: String
    @Option(help: "The base that it stands on.") var oldBase: String
    @Option(help: "The base that it is to stand on.") var newBase: String
    @OptionGroup var target: ImageOutputOptions
    @OptionGroup var store: StoreOptions

    func stateDirectory(in surroundings: Surroundings) throws -> String {
        try store.directory(in: surroundings)
    }

    func run() async throws {
        try await store.withBuilder { builder, platform in
            async let image = builder.load(try ImageLocation(image), for: platform)
            async let old = builder.load(try ImageLocation(oldBase), for: platform)
            async let new = builder.load(try ImageLocation(newBase), for: platform)
            let result = try builder.rebase(try await image, from: try await old, to: try await new)
            try await target.write(result, with: builder)
        }
    }
}
