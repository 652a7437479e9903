import ArgumentParser
import ControlAPI
import FoundationEssentials

/// `slipway image import`.
struct ImageImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Make an image of one layer out of a root file system.")

    @Argument(
        help: ArgumentHelp("A tar archive, compressed or not; `-` is standard input.", valueName: "tar"))
    var archive: String

    @Option(name: .shortAndLong, help: "The tag in the embedded registry, such as `base/busybox:1`.")
    var tag: String

    @Option(help: "What the image runs on, such as `linux/arm64`; by default the daemon's own.")
    var platform: String?

    @Option(help: ArgumentHelp("A variable of the image's environment.", valueName: "NAME=VALUE"))
    var env: [String] = []

    @Option(help: ArgumentHelp("A label of the image.", valueName: "NAME=VALUE"))
    var label: [String] = []

    @Option(help: "The entrypoint: a JSON list of words, or one word.")
    var entrypoint: String?

    @Option(name: [.customLong("cmd"), .customLong("command")], help: "The command, likewise.")
    var command: String?

    @Option(help: "The working directory.")
    var workdir: String?

    @Option(help: "The user, and group where it is named: `name`, `1000` or `1000:1000`.")
    var user: String?

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        for (name, values) in [("env", env), ("label", label)] {
            for value in values where value.first == "=" || !value.contains("=") {
                throw ValidationError("'--\(name) \(value)' should be '--\(name) NAME=VALUE'")
            }
        }
        _ = try Self.words(entrypoint, "--entrypoint")
        _ = try Self.words(command, "--cmd")
    }

    func run() async throws {
        let input =
            archive == "-"
            ? InputFile.standardInput
            : try InputFile(path: Surroundings.current.absolute(archive))
        let size = input.size
        let source = UploadSource {
            let piece = try input.read(upTo: 256 << 10)
            return piece.isEmpty ? nil : piece
        }
        let call = ControlClient.Call(
            .POST, "images", "import", query: try query(),
            body: .stream(UploadStream(source: source), length: size))
        let image: ImportedImage = try await daemon.withClient { try await $0.answer(to: call) }
        try output.show(image)
    }

    private func query() throws -> [(String, String?)] {
        [
            ("tag", tag), ("platform", platform), ("workdir", workdir), ("user", user),
            ("entrypoint", try Self.words(entrypoint, "--entrypoint")),
            ("command", try Self.words(command, "--cmd")),
        ] + env.map { ("env", $0) } + label.map { ("label", $0) }
    }

    /// The words as a JSON list.
    static func words(_ text: String?, _ option: String) throws -> String? {
        guard let text else { return nil }
        guard text.hasPrefix("[") else {
            return String(decoding: try JSONEncoder().encode([text]), as: UTF8.self)
        }
        guard (try? JSONDecoder().decode([String].self, from: Data(text.utf8))) != nil else {
            // Why it is none says nothing that the text itself does not.
            throw ValidationError(
                "'\(option) \(text)' should be a JSON list of words, such as '[\"/bin/sh\"]'")
        }
        return text
    }
}
