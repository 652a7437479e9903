import ArgumentParser
import BuildHost

/// `slipway image rebase`.
struct ImageRebaseCommand: AsyncParsableCommand, ContainerCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebase", abstract: "Put an image on another base, without building it.",
        discussion: """
            Images are references, `oci:PATH[:TAG]` or `docker-archive:FILE`. The layers of the old base are \
            exchanged for those of the new one; no layer is made, and none is sent that the registry has. Without \
            `--old-base` it is the one that the image's annotations name (`org.opencontainers.image.base.name` and \
            `.digest`), and without `--new-base` the one that has its name now.
            """)

    @Argument(help: "The image.") var image: String
    @Option(help: "The base that it stands on.") var oldBase: String?
    @Option(help: "The base that it is to stand on.") var newBase: String?
    @OptionGroup var target: ImageOutputOptions
    @OptionGroup var store: StoreOptions

    func stateDirectory(in surroundings: Surroundings) throws -> String {
        try store.directory(in: surroundings)
    }

    func run() async throws {
        try await store.withBuilder { builder, platform in
            let image = try await builder.load(try ImageLocation(image), for: platform)
            let bases = try bases(of: image)
            async let old = builder.load(bases.old, for: platform)
            async let new = builder.load(bases.new, for: platform)
            let result = try builder.rebase(
                image, from: try await old, to: try await new, called: bases.new.reference)
            try await target.write(result, with: builder)
        }
    }

    private func bases(of image: LoadedImage) throws -> (old: ImageLocation, new: ImageLocation) {
        let said = try BaseAnnotations(image.annotations)
        guard let old = try oldBase.map({ try ImageLocation($0) }) ?? said.pinned.map(ImageLocation.registry)
        else { throw Self.unknown("--old-base") }
        guard let new = try newBase.map({ try ImageLocation($0) }) ?? said.name.map(ImageLocation.registry)
        else { throw Self.unknown("--new-base") }
        return (old, new)
    }

    private static func unknown(_ option: String) -> CommandError {
        CommandError(
            "the image does not say what it was built on", hint: "name the base with `\(option)`",
            status: .usage)
    }
}
