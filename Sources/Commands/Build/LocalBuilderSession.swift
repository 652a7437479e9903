import AsyncHTTPClient
import BuildHost
import Logging
import OCI
import Remote
import Sandbox

/// A builder of this program's own, for as long as a command needs it.
struct LocalBuilderSession {
    private let configuration: LocalBuilder.Configuration

    /// - Parameters:
    ///   - store: as it was asked for; `nil` is the usual one.
    ///   - plainHTTP: hosts where HTTPS is not spoken.
    ///
    /// Throws ``CommandError`` where one is no host, or the store has no place.
    init(
        store: String?, plainHTTP: [String], limits: Container.Limits = Container.Limits(),
        _ surroundings: Surroundings
    ) throws(CommandError) {
        var logger = Logger(label: "slipway", factory: { _ in SwiftLogNoOpLogHandler() })
        logger.logLevel = .critical
        var configuration = LocalBuilder.Configuration(
            directory: try StoreDirectory.path(store, in: surroundings), logger: logger)
        configuration.environment = surroundings.environment
        configuration.limits = limits
        for text in plainHTTP {
            do throws(ImageReferenceError) {
                configuration.plainHTTPHosts.insert(try RegistryHost(text))
            } catch { throw CommandError("`--plain-http \(text)`: \(error)", status: .usage) }
        }
        self.configuration = configuration
    }

    /// Opens the store, and closes the connections afterwards.
    func run<Result: Sendable>(
        _ body: @escaping @Sendable (LocalBuilder) async throws -> Result
    ) async throws -> Result {
        try await HTTPClient.withHTTPClient(configuration: .registries) { [configuration] http in
            let builder = try LocalBuilder(configuration, http: http)
            do {
                let result = try await body(builder)
                try await builder.shutdown()
                return result
            } catch {
                try await builder.shutdown()
                throw error
            }
        }
    }
}

extension Platform {
    /// Reads `--platform`. Throws ``CommandError`` where it is none.
    init(argument text: String) throws(CommandError) {
        guard let platform = Platform(text) else {
            throw CommandError(
                "`\(text)` is no platform", hint: "write one such as `linux/amd64`", status: .usage)
        }
        self = platform
    }
}
