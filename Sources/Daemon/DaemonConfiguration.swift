package import Logging
package import OCI
package import Sandbox

/// How a daemon is to run; what `slipway serve` was told.
package struct DaemonConfiguration: Sendable {
    /// Where the embedded registry listens.
    package struct Address: Hashable, Sendable, CustomStringConvertible {
        /// A name or address; an IPv6 address without brackets.
        package var host: String
        /// 0 takes any free port.
        package var port: Int

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    }

    /// Everything that the daemon keeps is in here.
    package var dataDirectory: String
    package var registryAddress: Address
    /// A folder of task files that the daemon's tasks are kept equal to.
    package var tasksDirectory: String?
    /// Seconds between two looks at a Git remote or a registry, where a task says nothing else.
    package var pollInterval: Double
    /// How many runs may execute at a time.
    package var concurrency: Int
    /// How long runs may go on after a stop was asked for.
    package var grace: Duration
    /// Registries beside those on this machine that are spoken to without TLS.
    package var plainHTTPHosts: [RegistryHost]
    /// What each container of a `RUN` instruction may use.
    package var limits = Container.Limits()
    /// How large what builds keep may become, in bytes; images of the registry are not part of it.
    package var cacheSize: Int64 = 20 << 30
    package var logger: Logger

    package init(dataDirectory: String, registryAddress: Address, logger: Logger) {
        self.dataDirectory = dataDirectory
        self.registryAddress = registryAddress
        self.logger = logger
        tasksDirectory = nil
        pollInterval = 60
        concurrency = 2
        grace = .seconds(30)
        plainHTTPHosts = []
    }
}
