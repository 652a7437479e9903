import ArgumentParser
import FoundationEssentials
package import Terminal

/// A value that a command shows: in words for people, and as JSON for programs.
package protocol Rendered: Encodable {
    /// The value in words, a line each.
    func lines(on terminal: Terminal) -> [String]
}

/// The forms that a value can be shown in.
package enum OutputFormat: String, CaseIterable, Hashable, Sendable, ExpressibleByArgument {
    case table
    case json
}

/// Shows values in the form that was asked for.
package enum Output {
    /// The text of the value, with a final line break where there is any.
    package static func render(
        _ value: some Rendered, as format: OutputFormat, on terminal: Terminal
    ) throws -> String {
        switch format {
        case .table: value.lines(on: terminal).map { $0 + "\n" }.joined()
        case .json: try json(value) + "\n"
        }
    }

    private static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

/// `--output`, as every command that lists or shows has it.
struct OutputOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "Write a table for people, or JSON for programs.")
    var output = OutputFormat.table

    /// Writes the value to standard output.
    func show(_ value: some Rendered) throws {
        let surroundings = Surroundings.current
        let text = try Output.render(value, as: output, on: surroundings.terminal)
        try surroundings.write(Array(text.utf8))
    }
}
