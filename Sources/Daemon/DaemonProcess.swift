import AsyncHTTPClient
import Blobs
import Builder
import Database
import FoundationEssentials
import Git
import Hummingbird
import Logging
import OCI
import Registry
import Remote
import Runs
import ServiceLifecycle
import Watch

/// The daemon: every room, joined.
package struct DaemonProcess {
    private let configuration: DaemonConfiguration

    package init(_ configuration: DaemonConfiguration) { self.configuration = configuration }

    /// Runs until SIGTERM or SIGINT, and then drains: nothing new is claimed, and runs get the grace period.
    ///
    /// Throws ``DataDirectoryError``, ``ListenError``, or what SQLite reports, when it cannot start.
    package func run() async throws {
        let data = try DataDirectory(path: configuration.dataDirectory)
        let address = try ListenProbe.resolve(configuration.registryAddress)
        try ListenProbe.removeSocket("\(data.path)/slipway.sock")
        let database = try StateDatabase(
            path: "\(data.path)/slipway.sqlite", migrations: RunTables.migrations + RegistryTables.migrations)
        let blobs = try BlobStore(directory: "\(data.path)/blobs")
        try blobs.sweepIncoming()
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: .registries)
        let rooms = try Rooms(
            configuration: configuration, address: address, dataDirectory: data.path, database: database,
            blobs: blobs,
            http: http)
        do {
            try await rooms.serve()
        } catch {
            try await rooms.shutdown()
            try await close(http, database)
            throw error
        }
        try await rooms.shutdown()
        try await close(http, database)
        // The lock is held until the last file is closed.
        _ = consume data
    }

    private func close(_ http: HTTPClient, _ database: StateDatabase) async throws {
        try await http.shutdown()
        try database.close()
    }
}
