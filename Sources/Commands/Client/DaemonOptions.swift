import ArgumentParser

/// `--data` and `--host`, as every command that talks to the daemon has them.
struct DaemonOptions: ParsableArguments {
    @Option(help: "The daemon's data directory, whose socket is talked to [env: SLIPWAY_DATA].")
    var data: String?

    @Option(
        help: ArgumentHelp(
            "The daemon's address: unix:///path or http://host:port [env: SLIPWAY_HOST].", valueName: "url"))
    var host: String?

    /// Talks to the daemon that is meant, and closes the connections afterwards.
    func withClient<Result>(_ body: (ControlClient) async throws -> Result) async throws -> Result {
        try await ControlClient.connected(to: address(in: .current), body)
    }

    /// The host that is named, else the socket of the data directory.
    func address(in surroundings: Surroundings) throws -> DaemonAddress {
        if let host { return try DaemonAddress(parsing: host) }
        // A directory that was named here counts for more than a host that was named elsewhere.
        if data == nil, let host = surroundings.environment["SLIPWAY_HOST"], !host.isEmpty {
            return try DaemonAddress(parsing: host)
        }
        return try DaemonAddress(socket: DataDirectoryOption.path(data, in: surroundings) + "/slipway.sock")
    }
}

/// Where a daemon keeps its state.
package enum DataDirectoryOption {
    /// The directory that was named, or is in `SLIPWAY_DATA`, or the user's own: `/var/lib/slipway` for root, else
    /// `slipway` in `$XDG_STATE_HOME` or `~/.local/state` (XDG Base Directory Specification).
    ///
    /// Throws ``CommandError`` when there is none to be found.
    package static func path(_ named: String?, in surroundings: Surroundings) throws(CommandError) -> String {
        let environment = surroundings.environment.filter { !$0.value.isEmpty }
        if let path = named ?? environment["SLIPWAY_DATA"] {
            var path = surroundings.absolute(path)
            while path.count > 1, path.hasSuffix("/") { path.removeLast() }
            return path
        }
        if surroundings.isRoot { return "/var/lib/slipway" }
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return state + "/slipway" }
        guard let home = environment["HOME"] else {
            throw CommandError(
                "there is no data directory to be found: `HOME` is not set",
                hint: "name one with `--data DIR` or `SLIPWAY_DATA`", status: .usage)
        }
        return home + "/.local/state/slipway"
    }
}
