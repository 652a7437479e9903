import ArgumentParser
import Spelling

/// ArgumentParser's words in our style.
enum UsageText {
    /// The message as a sentence without capital and period, and with values in backticks.
    static func sentence(_ message: String) -> String {
        let line = message.split(separator: "\n").first.map(String.init) ?? "the command line is wrong"
        let quoted = line.replacing("'", with: "`").replacing(/\.$/, with: "")
        return quoted.prefix(1).lowercased() + quoted.dropFirst()
    }

    /// What to do about the message: the command that was probably meant, else where the help is.
    ///
    /// - Parameter message: ArgumentParser's in full, with the line `See 'slipway … --help' for …`.
    static func hint(in message: String) -> String? {
        guard let command = message.firstMatch(of: /See '(slipway[^']*) --help'/).map({ String($0.1) }) else {
            return nil
        }
        if let word = message.firstMatch(of: /Unexpected argument '([^']+)'/).map({ String($0.1) }),
            let near = Spelling.nearest(to: word, among: subcommands(of: command))
        {
            return "did you mean `\(command) \(near)`?"
        }
        return "see `\(command) --help`"
    }

    /// The names of the commands below `slipway …`.
    private static func subcommands(of command: String) -> [String] {
        var parent: any ParsableCommand.Type = SlipwayCommand.self
        for word in command.split(separator: " ").dropFirst() {
            let named = parent.configuration.subcommands.first { $0.configuration.commandName ?? "" == word }
            guard let named else { return [] }
            parent = named
        }
        return parent.configuration.subcommands.compactMap { $0.configuration.commandName }
    }
}
