import BuildHost
import Glibc

/// `--ssh default|ID[=SOCKET|KEY[,KEY…]]`.
enum AgentOption {
    enum Source: Hashable {
        /// An agent that runs.
        case socket(String)
        /// Files with private keys.
        case keys([String])
    }

    /// Throws ``CommandError`` where there is no agent, no key, or nothing of the name.
    static func parse(_ text: String, _ surroundings: Surroundings) throws(CommandError) -> (
        id: String, source: Source
    ) {
        let (id, value) = BuildArguments.pair(text)
        guard !id.isEmpty else {
            throw CommandError("`--ssh \(text)`: expected `ID` or `ID=SOCKET`", status: .usage)
        }
        guard let value, !value.isEmpty else {
            guard let socket = surroundings.environment["SSH_AUTH_SOCK"], !socket.isEmpty else {
                throw CommandError(
                    "there is no SSH agent for `--ssh \(text)`",
                    hint:
                        "start one with `ssh-agent`, or name a socket or keys: `--ssh \(id)=SOCKET`, `--ssh \(id)=KEY`",
                    status: .usage)
            }
            return (id, .socket(surroundings.absolute(socket)))
        }
        let paths = value.split(separator: ",").map { surroundings.absolute(String($0)) }
        var sockets: [String] = []
        for path in paths where try isSocket(path, of: text) { sockets.append(path) }
        guard let socket = sockets.first else { return (id, .keys(paths)) }
        guard paths.count == 1 else {
            throw CommandError("`--ssh \(text)`: expected one socket, or keys alone", status: .usage)
        }
        return (id, .socket(socket))
    }

    private static func isSocket(_ path: String, of text: String) throws(CommandError) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw CommandError(
                "could not use `\(path)` for `--ssh \(text)`: \(String(cString: strerror(errno)))",
                status: .notFound)
        }
        switch status.st_mode & S_IFMT {
        case S_IFSOCK: return true
        case S_IFREG: return false
        default:
            throw CommandError(
                "could not use `\(path)` for `--ssh \(text)`: it is no socket and no key", status: .usage)
        }
    }
}

/// The SSH agents of a build, those that were started for it among them.
struct BuildAgents {
    /// By the id that `--mount=type=ssh` names.
    private(set) var sockets: [String: String] = [:]
    /// They live as long as this.
    private var started: [SSHAgent] = []

    /// Throws ``BuildError`` for a key that cannot be used. Blocks.
    init(_ options: [(id: String, source: AgentOption.Source)]) throws {
        for (id, source) in options {
            switch source {
            case .socket(let path): sockets[id] = path
            case .keys(let paths):
                let agent = try SSHAgent(keys: paths)
                started.append(agent)
                sockets[id] = agent.socket
            }
        }
    }
}
