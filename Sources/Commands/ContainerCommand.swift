import ArgumentParser
import Sandbox

/// A command that runs containers, or works on files that containers made: for a user who is not root, in a user
/// namespace, where these files belong to others.
protocol ContainerCommand: ParsableCommand {
    /// The store or data directory that the command works in.
    func stateDirectory(in surroundings: Surroundings) throws -> String
}

extension ContainerCommand {
    /// Does not return where the program is executed again, in its namespace; only one thread may exist.
    ///
    /// Throws ``CommandError`` when the namespace cannot be used.
    func enterNamespace(_ surroundings: Surroundings) throws {
        ContainerRuntime.killAbandoned(in: try stateDirectory(in: surroundings) + "/containers")
        do throws(SandboxError) {
            try UserNamespace.enter(CommandLine.arguments)
        } catch {
            throw CommandError(error.message, hint: error.hint, status: .unreachable)
        }
    }
}
