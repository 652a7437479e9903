package import AsyncHTTPClient
package import Logging
import NIOCore
package import OCI

/// A client for any registry that speaks the OCI distribution specification, or Docker's version 2 before it.
///
/// Blobs stream between the network and a blob store; only documents are whole in memory. A copy shares the
/// original's connections and authorizations. Calls throw ``RegistryError`` for what a registry or the network does,
/// the store's own `BlobError` for what the disk does, and `CancellationError`.
package struct RegistryClient: Sendable {
    /// How much a client asks of a registry, and how long it is patient with one.
    package struct Configuration: Sendable {
        /// Registries spoken to in plain HTTP, beside those of this machine.
        package var plainHTTPHosts: Set<RegistryHost> = []
        package var userAgent = "slipway/0.1.0"
        /// How often a request is sent in all, where the network or the registry fails.
        package var attempts = 5
        /// The pause before a request is sent again; each further one is twice as long.
        package var firstPause: Duration = .milliseconds(500)
        package var longestPause: Duration = .seconds(20)
        /// The longest `Retry-After` that is waited for; a longer one is thrown.
        package var longestRetryAfter: Duration = .seconds(60)
        /// How often one blob's transfer is taken up again after it broke.
        package var resumptions = 5
        /// How many blobs are on their way at a time.
        package var parallelTransfers = 4
        /// Larger blobs are uploaded in pieces of so many bytes.
        package var uploadChunk: Int64 = 16 << 20
        /// The largest manifest or configuration taken, in bytes.
        package var longestDocument: Int64 = 4 << 20
        /// How long a registry may take to begin its answer.
        package var answerTime: Duration = .seconds(60)

        package init() {}
    }

    let http: HTTPClient
    let credentials: any CredentialSource
    let configuration: Configuration
    let time: ClientTime
    let logger: Logger
    let authorizations = AuthorizationCache()

    /// - Parameters:
    ///   - http: has the configuration ``AsyncHTTPClient/HTTPClient/Configuration/registries``: this client follows
    ///     redirects and tries again by rules of its own.
    ///   - credentials: asked when a registry wants to know who calls.
    ///   - clock: pauses between attempts, and when tokens end.
    package init(
        http: HTTPClient, credentials: some CredentialSource,
        configuration: Configuration = Configuration(), clock: some Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {
        self.http = http
        self.credentials = credentials
        self.configuration = configuration
        time = ClientTime(clock)
        self.logger = logger
    }

    /// Where a registry's API is; Docker Hub's is not at its name.
    func origin(of registry: RegistryHost) -> Origin {
        if registry == .dockerHub { return Origin(scheme: "https", authority: "registry-1.docker.io") }
        let isPlain = registry.isLoopback || configuration.plainHTTPHosts.contains(registry)
        return Origin(scheme: isPlain ? "http" : "https", authority: registry.description)
    }

    /// The address of `suffix` in a repository's part of the API.
    func address(_ reference: ImageReference, _ suffix: String) -> Address {
        let origin = origin(of: reference.registry)
        return Address(origin: origin, target: "/v2/\(reference.repository)/\(suffix)")
    }
}

extension HTTPClient.Configuration {
    /// What ``RegistryClient`` needs of its HTTP client: no redirects followed, no hidden attempts, time limits on
    /// silence.
    package static var registries: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: Timeout(connect: .seconds(10), read: .seconds(60), write: .seconds(60)))
        configuration.connectionPool.retryConnectionEstablishment = false
        // One connection a transfer: blobs side by side do not share one stream's flow control.
        configuration.httpVersion = .http1Only
        return configuration
    }
}

/// A clock as the client uses it.
struct ClientTime: Sendable {
    let sleep: @Sendable (Duration) async throws -> Void
    /// The time since the client was made.
    let elapsed: @Sendable () -> Duration

    init(_ clock: some Clock<Duration>) {
        let start = clock.now
        sleep = { try await clock.sleep(for: $0) }
        elapsed = { start.duration(to: clock.now) }
    }
}
