import ArgumentParser
import ControlAPI

/// The root of all commands.
struct SlipwayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "slipway",
        abstract: "Rebuilds container images when their source or their base changes.",
        discussion: """
            Commands talk to the daemon on its Unix socket in the data directory; --data or SLIPWAY_DATA names \
            another directory, and --host or SLIPWAY_HOST another daemon.

            Exit status: 0 all went well, 1 the run failed, 2 the command line is wrong, 3 the daemon does not \
            answer, 4 there is no such thing, 5 the input is wrong.
            """,
        version: SlipwayVersion.current,
        subcommands: [
            ServeCommand.self, BuildCommand.self, CacheCommand.self, TaskCommand.self, RunCommand.self,
            LogsCommand.self,
            WhyCommand.self, ImageCommand.self, VersionCommand.self,
        ])
}
