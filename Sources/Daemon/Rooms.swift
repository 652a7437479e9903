import AsyncHTTPClient
import Blobs
import BuildHost
import Builder
import CMalloc
import ControlAPI
import Database
import FoundationEssentials
import Hummingbird
import HummingbirdCore
import Logging
import OCI
import Registry
import Remote
import Runs
import Sandbox
import ServiceLifecycle
import UnixSignals
import Watch

/// The rooms of one daemon and how they are joined: who hands what to whom.
struct Rooms: Sendable {
    private let configuration: DaemonConfiguration
    private let address: DaemonConfiguration.Address
    private let dataDirectory: String
    private let runs: RunStore
    private let logs: RunLogs
    private let worker: Worker
    private let heads: HeadWatcher
    private let bases: BaseImageWatcher
    private let local: LocalImages
    private let builder: ImageBuilder
    private let routes: HTTPRoutes
    private var logger: Logger { configuration.logger }

    init(
        configuration: DaemonConfiguration, address: DaemonConfiguration.Address, dataDirectory: String,
        database: StateDatabase, blobs: BlobStore, http: HTTPClient
    ) throws {
        self.configuration = configuration
        self.address = address
        self.dataDirectory = dataDirectory
        let runs = RunStore(database: database)
        self.runs = runs
        logs = RunLogs(directory: "\(dataDirectory)/logs", hub: runs.hub)
        let host = try RegistryHost("\(address)")
        let store = RegistryStore(
            database: database, blobs: blobs,
            onTagMove: { move, db in
                // A tag's move and the runs that follow from it are one transaction.
                let tag = ImageReference(registry: host, repository: move.repository, tag: move.tag)
                let change = BaseImageChange(reference: tag.description, digest: move.digest.description)
                try runs.record(.baseImage(change), in: db)
            }, afterTagMove: { runs.knock() })
        local = LocalImages(registry: EmbeddedRegistry(store: store, host: host))
        var clientConfiguration = RegistryClient.Configuration()
        clientConfiguration.plainHTTPHosts = Set(configuration.plainHTTPHosts)
        let client = RegistryClient(
            http: http, credentials: DockerConfigFile(environment: ProcessInfo.processInfo.environment),
            configuration: clientConfiguration, logger: configuration.logger)
        let mirrors = GitMirrors(directory: "\(dataDirectory)/git")
        routes = try HTTPRoutes(direct: http, environment: ProcessInfo.processInfo.environment)
        let files = HTTPFiles(
            downloader: FileDownloader(routes: routes, logger: configuration.logger), store: blobs,
            directory: "\(dataDirectory)/cache/downloads")
        let builder = ImageBuilder(
            store: blobs, cacheDirectory: "\(dataDirectory)/cache",
            threads: ProcessInfo.processInfo.activeProcessorCount,
            tools: RunTools(
                runtime: try ContainerRuntime(directory: "\(dataDirectory)/containers"),
                limits: configuration.limits))
        self.builder = builder
        let watchers = Watchers(
            runs: runs, client: client, registry: local.registry, mirrors: mirrors,
            interval: .seconds(configuration.pollInterval), logger: configuration.logger)
        heads = watchers.heads()
        let bases = watchers.bases()
        self.bases = bases
        let executor = RunExecutor(
            runs: runs, local: local, client: client, builder: builder,
            remoteSources: RemoteFetcher(files: files, git: GitSources(mirrors: mirrors)), mirrors: mirrors,
            basesChanged: { bases.poke() })
        let cache = BuildCache(directory: "\(dataDirectory)/cache", store: nil)
        worker = Worker(
            store: runs, logs: logs,
            limits: .init(slots: configuration.concurrency, grace: configuration.grace),
            logger: configuration.logger,
            execute: { run, log in
                // The C library keeps what a large build's tables took; a daemon that waits needs little.
                defer { malloc_trim(0) }
                try await executor.execute(run, log)
                try await cache.trim(to: configuration.cacheSize)
            })
    }

    /// Runs all services until a signal asks to stop.
    func serve() async throws {
        // Nobody else uses this directory: what is there of builds is of those that were killed.
        try builder.sweep()
        for run in try await runs.recover() {
            logger.info("A run that was cut off is run again", metadata: ["run.id": "\(run)"])
        }
        let (heads, bases) = (heads, bases)
        let tasksChanged: @Sendable () -> Void = {
            heads.poke()
            bases.poke()
        }
        // A service is stopped before those above it: what depends on others stands below them.
        var services: [any Service] = [
            registryServer(), controlServer(tasksChanged: tasksChanged), worker, heads, bases,
        ]
        if let directory = configuration.tasksDirectory {
            services.append(
                TaskFolder(directory: directory, runs: runs, logger: logger, tasksChanged: tasksChanged))
        }
        var group = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        group.maximumGracefulShutdownDuration = configuration.grace + .seconds(15)
        try await ServiceGroup(configuration: group).run()
    }

    /// Ends what was begun beside the HTTP client that was given.
    func shutdown() async throws { try await routes.shutdown() }

    private func registryServer() -> some Service {
        let router = Router()
        router.get("/healthz") { _, _ in "ok\n" }
        RegistryRoutes(store: local.registry.store, logger: logger).add(to: router)
        let logger = self.logger
        let host = local.registry.host
        return Application(
            router: router, server: Self.server,
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port), serverName: "slipway"),
            onServerRunning: { _ in logger.info("The registry is open", metadata: ["address": "\(host)"]) },
            logger: quietLogger)
    }

    private func controlServer(tasksChanged: @escaping @Sendable () -> Void) -> some Service {
        let router = Router()
        router.add(middleware: FailureMiddleware(logger: logger))
        router.get("/healthz") { _, _ in "ok\n" }
        let group = router.group(RouterPath(SlipwayVersion.apiPrefix))
        let version = VersionRecord(
            version: SlipwayVersion.current, registry: local.registry.host.description, data: dataDirectory)
        group.get("version") { _, _ in try jsonResponse(version) }
        TaskRoutes(runs: runs, tasksChanged: tasksChanged).add(to: group)
        RunRoutes(runs: runs, logs: logs, stops: worker.stops, registry: local.registry).add(to: group)
        BuildRoutes(runs: runs, blobs: local.blobs, registry: local.registry).add(to: group)
        ImageRoutes(
            runs: runs, registry: local.registry, images: local,
            importer: ImageImporter(store: local.blobs, threads: ProcessInfo.processInfo.activeProcessorCount)
        ).add(to: group)
        let logger = self.logger
        let socket = "\(dataDirectory)/slipway.sock"
        return Application(
            router: router, server: Self.server,
            configuration: ApplicationConfiguration(
                address: .unixDomainSocket(path: socket), serverName: "slipway"),
            onServerRunning: { _ in logger.info("The control API is open", metadata: ["socket": "\(socket)"])
            },
            logger: quietLogger)
    }

    private static var server: HTTPServerBuilder {
        .http1(configuration: .init(additionalChannelHandlers: [ExpectContinueHandler()]))
    }

    /// The servers' own messages are for those who look for a fault in them.
    private var quietLogger: Logger {
        var logger = logger
        logger.logLevel = max(.warning, logger.logLevel)
        return logger
    }
}
