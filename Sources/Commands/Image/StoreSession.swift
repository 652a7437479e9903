import ArgumentParser
import AsyncHTTPClient
import BuildHost
import Builder
import Logging
import OCI
import Remote

/// What commands that work on images without a daemon are told.
struct StoreOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Where layers and base images are kept.", valueName: "directory"))
    var store: String?

    @Option(
        help: ArgumentHelp(
            "A registry where HTTPS is not spoken, beside those of this machine.", valueName: "HOST[:PORT]"))
    var plainHttp: [String] = []

    @Option(help: "Which of an index's images is meant; by default this machine's.")
    var platform: String?

    func directory(in surroundings: Surroundings) throws(CommandError) -> String {
        try StoreDirectory.path(store, in: surroundings)
    }

    /// Opens the store, and closes its connections afterwards. What goes wrong is told as a build's failures are.
    func withBuilder<Result: Sendable>(
        _ body: @escaping @Sendable (LocalBuilder, Platform) async throws -> Result
    ) async throws -> Result {
        let surroundings = Surroundings.current
        var logger = Logger(label: "slipway", factory: { _ in SwiftLogNoOpLogHandler() })
        logger.logLevel = .critical
        do {
            var configuration = LocalBuilder.Configuration(
                directory: try directory(in: surroundings), logger: logger)
            configuration.environment = surroundings.environment
            configuration.plainHTTPHosts = Set(try plainHttp.map { try RegistryHost($0) })
            let platform = try wantedPlatform()
            return try await HTTPClient.withHTTPClient(configuration: .registries) { [configuration] http in
                let builder = try LocalBuilder(configuration, http: http)
                do {
                    let result = try await body(builder, platform)
                    try await builder.shutdown()
                    return result
                } catch {
                    try await builder.shutdown()
                    throw error
                }
            }
        } catch { throw BuildFailure.commandError(error) }
    }

    private func wantedPlatform() throws(CommandError) -> Platform {
        guard let text = platform else { return .host }
        guard let platform = Platform(text) else {
            throw CommandError(
                "`\(text)` is no platform", hint: "write one such as `linux/amd64`", status: .usage)
        }
        return platform
    }
}

/// Where a command puts the image that it made.
struct ImageOutputOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "A name that the image gets in its registry, such as `host/app:2`.")
    var tag: [String] = []

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Where else the image goes, as with `slipway build`.", valueName: "output"))
    var output: [String] = []

    func validate() throws {
        if tag.isEmpty, output.isEmpty {
            throw ValidationError("name where the image goes with '--tag NAME' or '--output OUTPUT'")
        }
    }

    /// Writes the image, and prints its digest.
    func write(_ result: BuildResult, with builder: LocalBuilder) async throws {
        let surroundings = Surroundings.current
        var outputs = try LocalBuildArguments.outputs(output, surroundings)
        // A name alone means its registry; beside an output it names the image there.
        if outputs.isEmpty { outputs = [BuildOutput(kind: .registry)] }
        let names = try tag.map { try ImageReference($0) }
        var digest = result.root.digest
        for output in outputs {
            let delivered = try await builder.delivered(
                result, by: output, madeIn: nil)
            try await builder.write(delivered, to: output, names: names)
            digest = delivered.root.digest
        }
        try surroundings.write(Array("\(digest)\n".utf8))
    }
}
