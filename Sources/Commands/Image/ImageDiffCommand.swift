import ArgumentParser
import BuildHost
import Builder
import OCI
import Terminal

/// `slipway image diff`.
struct ImageDiffCommand: AsyncParsableCommand, ContainerCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Show how two images differ: their configurations and their files.",
        discussion: "Times are no difference. The exit status is 0 when they are the same, else 1.")

    @Argument(help: "The first image.") var first: String
    @Argument(help: "The second image.") var second: String
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func stateDirectory(in surroundings: Surroundings) throws -> String {
        try store.directory(in: surroundings)
    }

    func run() async throws {
        let difference = try await store.withBuilder { builder, platform in
            async let first = builder.load(try ImageLocation(first), for: platform)
            async let second = builder.load(try ImageLocation(second), for: platform)
            let images = try await (first, second)
            let files = try builder.builder.fileDifferences(between: images.0.layers, and: images.1.layers)
            return ImageDifference(
                configuration: ConfigurationDifference.lines(images.0.config, images.1.config),
                files: files.map(FileDifferenceRecord.init))
        }
        try output.show(difference)
        guard difference.isEmpty else { throw CommandError("the images differ", status: .failed) }
    }
}

/// How two images differ, as it is shown.
struct ImageDifference: Rendered {
    var configuration: [String]
    var files: [FileDifferenceRecord]
    var isEmpty: Bool { configuration.isEmpty && files.isEmpty }

    func lines(on terminal: Terminal) -> [String] {
        configuration
            + files.map { file in
                switch file.change {
                case "added": terminal.styled("+ \(file.path)", .green)
                case "removed": terminal.styled("- \(file.path)", .red)
                default: terminal.styled("~ \(file.path) (\(file.aspects.joined(separator: ", ")))", .yellow)
                }
            }
    }
}

struct FileDifferenceRecord: Encodable, Sendable {
    var path: String
    /// `added`, `removed` or `changed`.
    var change: String
    /// What of it changed.
    var aspects: [String] = []

    init(_ difference: FileDifference) {
        path = difference.path
        switch difference.change {
        case .added: change = "added"
        case .removed: change = "removed"
        case .changed(let aspects): (change, self.aspects) = ("changed", aspects)
        }
    }
}

/// How two configurations differ, field by field.
enum ConfigurationDifference {
    static func lines(_ first: ImageConfig, _ second: ImageConfig) -> [String] {
        let (before, after) = (fields(first), fields(second))
        return before.indices.flatMap { index -> [String] in
            let (name, old) = before[index]
            let new = after[index].1
            return Set(old) == Set(new) && old.count == new.count
                ? []
                : old.filter { !new.contains($0) }.map { "- \(name): \($0)" }
                    + new.filter { !old.contains($0) }.map { "+ \(name): \($0)" }
        }
    }

    private static func fields(_ config: ImageConfig) -> [(String, [String])] {
        let execution = config.execution
        return [
            ("platform", [config.platform.description]), ("environment", execution.environment ?? []),
            ("entrypoint", execution.entrypoint.map { ["\($0)"] } ?? []),
            ("command", execution.command.map { ["\($0)"] } ?? []),
            ("user", execution.user.map { [$0] } ?? []),
            ("directory", execution.workingDirectory.map { [$0] } ?? []),
            ("port", execution.exposedPorts ?? []), ("volume", execution.volumes ?? []),
            ("label", (execution.labels ?? [:]).map { "\($0.key)=\($0.value)" }.sorted()),
            ("stop signal", execution.stopSignal.map { [$0] } ?? []),
        ]
    }
}
