import ArgumentParser
import ControlAPI
import FoundationEssentials

/// `slipway task`.
struct TaskCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "task", abstract: "Make, show, change and run tasks.",
        subcommands: [
            TaskCreateCommand.self, TaskListCommand.self, TaskShowCommand.self, TaskUpdateCommand.self,
            TaskDeleteCommand.self, TaskRunCommand.self,
        ])
}

/// `--file` of the commands that send a task file.
struct TaskFileOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "The task file; `-` is standard input.")
    var file: String

    /// The file as the daemon wants it.
    ///
    /// Throws ``CommandError`` when it cannot be read or is no text.
    func text(name: String?) throws(CommandError) -> TaskText {
        let input =
            try file == "-"
            ? InputFile.standardInput
            : InputFile(path: Surroundings.current.absolute(file))
        let bytes = try input.contents(limit: Self.limit)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandError("`\(input.path)` is no UTF-8 text", status: .refused)
        }
        return TaskText(name: name, file: file == "-" ? "stdin" : file, text: text)
    }

    private static let limit = 1 << 20
}
