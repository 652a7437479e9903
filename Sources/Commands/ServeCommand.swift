import ArgumentParser
import Daemon
import Logging
import OCI
import Sandbox
import TaskFile

/// `slipway serve`.
struct ServeCommand: AsyncParsableCommand, ContainerCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the daemon and its registry.",
        discussion:
            "Runs until SIGTERM or SIGINT; then it starts nothing new, and gives what runs a grace period.")

    @Option(help: "The directory of all state [env: SLIPWAY_DATA].")
    var data: String?

    @Option(
        help: ArgumentHelp("Where the registry listens; port 0 takes a free one.", valueName: "host:port"))
    var registryAddress = ListenAddress(host: "127.0.0.1", port: 5000)

    @Option(help: ArgumentHelp("Keep the tasks equal to the task files in this folder.", valueName: "dir"))
    var tasks: String?

    @Option(help: "The time between two looks at a Git repository or a base image.")
    var pollInterval = TimeLength(seconds: 60)

    @Option(help: "How many runs may execute at a time; by default as many as there are processors.")
    var concurrency: Int?

    @Option(help: "How long a run may go on after the daemon was told to stop.")
    var grace = TimeLength(seconds: 30)

    @Option(help: ArgumentHelp("A registry that is talked to without TLS.", valueName: "host"))
    var plainHTTP: [String] = []

    @Option(
        help: ArgumentHelp("How large what builds keep may become, images aside.", valueName: "size"))
    var cacheSize = ByteSize(bytes: 20 << 30)

    @Option(help: ArgumentHelp("The memory that each `RUN` may use.", valueName: "size"))
    var memory: ByteSize?

    @Option(help: ArgumentHelp("How many processors each `RUN` may use, such as `1.5`.", valueName: "number"))
    var cpus: Double?

    @Option(help: ArgumentHelp("How many processes each `RUN` may have.", valueName: "number"))
    var pidsLimit: Int?

    @Option(
        help: "The least severe messages to log: trace, debug, info, notice, warning, error or critical.",
        transform: Self.level)
    var logLevel = Logger.Level.info

    func validate() throws {
        if let concurrency, concurrency < 1 {
            throw ValidationError("'--concurrency \(concurrency)' should be at least 1")
        }
        guard pollInterval.seconds >= 0.1 else {
            throw ValidationError(
                "'--poll-interval \(pollInterval.defaultValueDescription)' should be at least 100ms")
        }
        _ = try plainHTTPHosts()
    }

    func stateDirectory(in surroundings: Surroundings) throws -> String {
        try DataDirectoryOption.path(data, in: surroundings)
    }

    func run() async throws {
        let configuration = try configuration(in: .current)
        for shortcoming in ContainerRuntime.shortcomings(configuration.limits) {
            configuration.logger.warning(
                "RUN instructions cannot do all that they should", metadata: ["reason": "\(shortcoming)"])
        }
        try await DaemonProcess(configuration).run()
    }

    /// What the daemon is to do, as the options say it.
    func configuration(in surroundings: Surroundings) throws -> DaemonConfiguration {
        var logger = Logger(label: "slipway") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = logLevel
        var configuration = DaemonConfiguration(
            dataDirectory: try DataDirectoryOption.path(data, in: surroundings),
            registryAddress: .init(host: registryAddress.host, port: registryAddress.port), logger: logger)
        configuration.tasksDirectory = tasks.map(surroundings.absolute)
        configuration.pollInterval = pollInterval.seconds
        configuration.concurrency = concurrency ?? surroundings.processors
        configuration.grace = .seconds(grace.seconds)
        configuration.plainHTTPHosts = try plainHTTPHosts()
        configuration.cacheSize = cacheSize.bytes
        configuration.limits.memory = memory?.bytes
        configuration.limits.processors = cpus
        configuration.limits.processes = pidsLimit
        return configuration
    }

    private static func level(_ text: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: text.lowercased()) else {
            throw ValidationError("'--log-level \(text)' is no level: write one such as 'info' or 'debug'")
        }
        return level
    }

    private func plainHTTPHosts() throws -> [RegistryHost] {
        try plainHTTP.map { text in
            do { return try RegistryHost(text) } catch {
                throw ValidationError("'--plain-http \(text)': \(error)")
            }
        }
    }
}
