import ArgumentParser
import Glibc
import Terminal

/// The command line program.
package enum SlipwayProgram {
    /// Executes a command line and says what went wrong on standard error.
    ///
    /// - Parameter arguments: without the program's name.
    /// - Returns: the process's exit status; see ``ExitStatus``.
    package static func run(_ arguments: [String]) async -> Int32 {
        // A closed pipe is then an error of the write, and can end the command quietly.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try SlipwayCommand.parseAsRoot(try DockerBuildWords.translated(arguments))
            if let command = command as? any ContainerCommand {
                // Before there are threads, which would not come along.
                try command.enterNamespace(.current)
            }
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return ExitStatus.succeeded.rawValue
        } catch {
            return report(error, isBuild: arguments.first == "build")
        }
    }

    private static func report(_ error: any Error, isBuild: Bool) -> Int32 {
        let surroundings = Surroundings.current
        if let failure = SystemFailure(error) {
            surroundings.say("error: \(failure)")
            return (isBuild ? failure.buildStatus : .failed).rawValue
        }
        switch error {
        case OutputError.closed: return ExitStatus.succeeded.rawValue
        case let error as CommandError:
            for line in error.lines { surroundings.say(line) }
            return (isBuild ? error.status.ofBuild : error.status).rawValue
        default: break
        }
        let text = SlipwayCommand.message(for: error)
        switch SlipwayCommand.exitCode(for: error) {
        case .success:
            // Help and completions that were asked for. A reader who has gone wants no more of them.
            try? surroundings.write(Array((text + "\n").utf8))
            return ExitStatus.succeeded.rawValue
        case .validationFailure:
            surroundings.say("error: \(UsageText.sentence(text))")
            let full = SlipwayCommand.fullMessage(for: error)
            if let hint = UsageText.hint(in: full) { surroundings.say("hint: \(hint)") }
            return ExitStatus.usage.rawValue
        default:
            surroundings.say("error: \(error)")
            return ExitStatus.failed.rawValue
        }
    }
}
