import ArgumentParser
import BuildHost
import FoundationEssentials
import OCI

/// `slipway image mutate`.
struct ImageMutateCommand: AsyncParsableCommand, ContainerCommand {
    static let configuration = CommandConfiguration(
        commandName: "mutate", abstract: "Change what an image's configuration says; its layers stay.")

    @Argument(help: "The image.") var image: String
    @Option(help: ArgumentHelp("A variable.", valueName: "NAME=VALUE")) var env: [String] = []
    @Option(help: ArgumentHelp("A label.", valueName: "NAME=VALUE")) var label: [String] = []
    @Option(help: ArgumentHelp("An annotation of the manifest.", valueName: "NAME=VALUE")) var annotation:
        [String] = []
    @Option(
        help: "The entrypoint: a JSON list of words, or words with commas between them; empty removes it.")
    var entrypoint: String?
    @Option(name: [.customLong("cmd"), .customLong("command")], help: "The command, likewise.")
    var command: String?
    @Option(help: "The user.") var user: String?
    @Option(help: "The working directory.") var workdir: String?
    @Option(help: ArgumentHelp("A port, such as `80/tcp`.", valueName: "port")) var exposedPort: [String] = []
    @Option(help: "What the image says that it runs on.") var setPlatform: String?
    @OptionGroup var target: ImageOutputOptions
    @OptionGroup var store: StoreOptions

    func validate() throws {
        for text in env + label + annotation
        where BuildArguments.pair(text).value == nil || text.hasPrefix("=") {
            throw ValidationError("'\(text)' should be 'NAME=VALUE'")
        }
        if let setPlatform, Platform(setPlatform) == nil {
            throw ValidationError("'--set-platform \(setPlatform)' should be such as 'linux/amd64'")
        }
        for (text, option) in [(entrypoint, "--entrypoint"), (command, "--cmd")] {
            if let text, Self.words(text) == nil {
                throw ValidationError(
                    "'\(option) \(text)' should be a JSON list of words, such as '[\"/bin/sh\"]'")
            }
        }
    }

    func stateDirectory(in surroundings: Surroundings) throws -> String {
        try store.directory(in: surroundings)
    }

    func run() async throws {
        try await store.withBuilder { builder, platform in
            let loaded = try await builder.load(try ImageLocation(image), for: platform)
            try await target.write(try builder.mutate(loaded, changes), with: builder)
        }
    }

    private var changes: ImageChanges {
        var changes = ImageChanges()
        changes.environment = env.map(BuildArguments.pair).map { ($0.name, $0.value ?? "") }
        changes.labels = Self.dictionary(label)
        changes.annotations = Self.dictionary(annotation)
        changes.entrypoint = entrypoint.flatMap(Self.words)
        changes.command = command.flatMap(Self.words)
        changes.user = user
        changes.workingDirectory = workdir
        changes.exposedPorts = exposedPort
        changes.platform = setPlatform.flatMap { Platform($0) }
        return changes
    }

    private static func dictionary(_ texts: [String]) -> [String: String] {
        Dictionary(texts.map(BuildArguments.pair).map { ($0.name, $0.value ?? "") }) { $1 }
    }

    /// `nil` for a list that is none.
    private static func words(_ text: String) -> [String]? {
        guard text.hasPrefix("[") else { return text.split(separator: ",").map(String.init) }
        return try? JSONDecoder().decode([String].self, from: Data(text.utf8))
    }
}
