import ArgumentParser
import BuildHost
import Foundation

/// `slipway build`.
struct BuildCommand: AsyncParsableCommand, ContainerCommand {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Build an image out of a directory, an archive or a Git repository.",
        discussion: """
            Builds here, in this program, where no daemon answers or where something is asked for that only such a \
            build does: an output, secrets, other contexts, limits. Else the directory is sent to the daemon, without \
            what its .dockerignore leaves out, and its log is printed.

            The exit status is 1 when the Dockerfile, the context or a command of it is to blame, 2 when this command \
            line is, and 3 when the world is: no registry, no daemon, no container runtime, no room on the disk. \
            Ctrl-C cancels the build.
            """)

    @Argument(
        help: ArgumentHelp("A directory, `-` for an archive or a Dockerfile, or a URL.", valueName: "context")
    )
    var context: String

    @OptionGroup var arguments: BuildArguments

    @OptionGroup(title: "BUILDING HERE") var local: LocalBuildArguments

    @Flag(inversion: .prefixedNo, help: "Publish the tags in the daemon's registry.")
    var publish = true

    @OptionGroup(title: "DAEMON") var daemon: DaemonOptions

    func run() async throws {
        let surroundings = Surroundings.current
        if try await isLocal(surroundings) {
            try await LocalBuild(
                context: context, arguments: arguments, local: local, surroundings: surroundings
            )
            .run()
        } else {
            try await DaemonBuild(
                context: context, arguments: arguments, isPublished: publish, daemon: daemon,
                surroundings: surroundings
            ).run()
        }
    }

    /// What only a build by this program has.
    private func reasonToBuildHere(_ surroundings: Surroundings) -> String? {
        if local.asksForLocal { return "outputs, secrets, contexts and limits of its own" }
        if arguments.platforms.count > 1 { return "several platforms" }
        var isDirectory: ObjCBool = false
        let path = surroundings.absolute(context)
        let isThere = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
        if context == "-" || !isThere && (try? BuildContextReference(context: context)) != nil {
            return "context but a directory of this machine"
        }
        return arguments.file == "-" ? "Dockerfile from standard input" : nil
    }

    func stateDirectory(in surroundings: Surroundings) throws -> String {
        try StoreDirectory.path(local.store, in: surroundings)
    }

    /// Whether this program builds by itself.
    private func isLocal(_ surroundings: Surroundings) async throws -> Bool {
        let isNamed =
            daemon.host != nil || daemon.data != nil || surroundings.environment["SLIPWAY_HOST"] != nil
            || surroundings.environment["SLIPWAY_DATA"] != nil
        if let reason = reasonToBuildHere(surroundings) {
            guard daemon.host == nil, daemon.data == nil else {
                throw CommandError(
                    "a build by the daemon has no \(reason)",
                    hint: "leave out `--host` and `--data` to build here", status: .usage)
            }
            return true
        }
        if isNamed { return false }
        guard try daemon.address(in: surroundings).answers else {
            if !arguments.quiet { surroundings.say("no daemon answers: building here") }
            return true
        }
        return false
    }
}
