package import AsyncHTTPClient
package import Blobs
package import Builder
import FoundationEssentials
package import Logging
package import OCI
package import Remote
package import Sandbox

/// A builder that needs no daemon: a store of its own on this machine, and the registries around it.
///
/// Everything in its directory can be made anew. Several processes may use it at the same time.
package struct LocalBuilder: Sendable {
    package let directory: String
    package let store: BlobStore
    package let client: RegistryClient
    package let images: RegistryImages
    package let mirrors: GitMirrors
    package let builder: ImageBuilder
    /// What builds keep to be faster the next time.
    package var cache: BuildCache { BuildCache(directory: "\(directory)/cache", store: store) }
    /// As long as this builder lives nothing that it uses is removed.
    private let use: BuildUse
    /// What `ADD` brings by URL.
    package let remoteSources: RemoteFetcher
    /// Opens build contexts, wherever they are.
    package let contexts: ContextOpener
    private let routes: HTTPRoutes

    /// What a local builder is made with.
    package struct Configuration: Sendable {
        /// Made where it is missing.
        package var directory: String
        /// Registries that are spoken to in plain HTTP, beside those of this machine.
        package var plainHTTPHosts: Set<RegistryHost> = []
        /// Where credentials and proxies are looked for: `HOME`, `DOCKER_CONFIG`, `https_proxy`, `no_proxy`, ….
        package var environment: [String: String] = [:]
        /// What each container may use.
        package var limits = Container.Limits()
        package var threads = ProcessInfo.processInfo.activeProcessorCount
        package var logger: Logger

        package init(directory: String, logger: Logger) {
            self.directory = directory
            self.logger = logger
        }
    }

    /// - Parameter http: has the configuration ``AsyncHTTPClient/HTTPClient/Configuration/registries``.
    package init(_ configuration: Configuration, http: HTTPClient) throws {
        directory = configuration.directory
        for folder in ["blobs", "cache", "containers", "git"] {
            try FileManager.default.createDirectory(
                atPath: "\(directory)/\(folder)", withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        }
        store = try BlobStore(directory: "\(directory)/blobs")
        var clientConfiguration = RegistryClient.Configuration()
        clientConfiguration.plainHTTPHosts = configuration.plainHTTPHosts
        client = RegistryClient(
            http: http, credentials: DockerConfigFile(environment: configuration.environment),
            configuration: clientConfiguration, logger: configuration.logger)
        images = RegistryImages(client: client, store: store)
        mirrors = GitMirrors(directory: "\(directory)/git")
        let runtime = try ContainerRuntime(directory: "\(directory)/containers")
        let builder = ImageBuilder(
            store: store, cacheDirectory: "\(directory)/cache", threads: configuration.threads,
            tools: RunTools(runtime: runtime, limits: configuration.limits))
        self.builder = builder
        use = try BuildUse(in: "\(directory)/cache", whenAlone: builder.sweep)
        routes = try HTTPRoutes(direct: http, environment: configuration.environment)
        let files = HTTPFiles(
            downloader: FileDownloader(routes: routes, logger: configuration.logger), store: store,
            directory: "\(directory)/cache/downloads")
        remoteSources = RemoteFetcher(files: files, git: GitSources(mirrors: mirrors))
        contexts = ContextOpener(store: store, files: files, git: remoteSources.git, images: images)
    }

    /// Ends what was begun beside the HTTP client that was given.
    package func shutdown() async throws { try await routes.shutdown() }
}
