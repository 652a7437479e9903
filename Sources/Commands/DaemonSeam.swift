package import Logging
package import OCI

// The seam to the room `Daemon`: these declarations stand for that room's own of the same names and shapes.
// Delete this file once the room has them; nothing else here changes.

/// What a daemon is to do.
package struct DaemonConfiguration: Sendable {
    package var dataDirectory: String
    package var registryAddress: SocketAddressText
    package var tasksDirectory: String?
    /// Seconds.
    package var pollInterval: Double
    package var concurrency: Int
    package var grace: Duration
    package var plainHTTPHosts: [RegistryHost]
    package var logger: Logger
}

/// A host and a port to listen on.
package struct SocketAddressText: Hashable, Sendable {
    package var host: String
    package var port: Int
}

/// The daemon.
package struct Daemon {
    private let configuration: DaemonConfiguration

    package init(_ configuration: DaemonConfiguration) async throws { self.configuration = configuration }

    package func run() async throws {
        throw CommandError(
            "this build of slipway has no daemon for `\(configuration.dataDirectory)`", status: .failed)
    }
}
