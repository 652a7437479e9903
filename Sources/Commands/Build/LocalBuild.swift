import AsyncHTTPClient
import BuildHost
import Builder
import Foundation
import Logging
import OCI
import Remote
import Sandbox

/// `slipway build` by this program alone.
struct LocalBuild {
    let context: String
    let arguments: BuildArguments
    let local: LocalBuildArguments
    let surroundings: Surroundings

    func run() async throws {
        do { try await build() } catch {
            throw BuildFailure.commandError(error)
        }
    }

    private func build() async throws {
        var configuration = LocalBuilder.Configuration(
            directory: try StoreDirectory.path(local.store, in: surroundings), logger: Self.quietLogger)
        configuration.environment = surroundings.environment
        configuration.plainHTTPHosts = Set(try local.plainHttp.map { try RegistryHost($0) })
        configuration.limits = try local.limits()
        try await HTTPClient.withHTTPClient(configuration: .registries) { [configuration] http in
            let builder = try LocalBuilder(configuration, http: http)
            do {
                try await build(with: builder)
            } catch {
                try await builder.shutdown()
                throw error
            }
            try await builder.shutdown()
        }
    }

    private static var quietLogger: Logger {
        var logger = Logger(label: "slipway", factory: { _ in SwiftLogNoOpLogHandler() })
        logger.logLevel = .critical
        return logger
    }

    private func build(with builder: LocalBuilder) async throws {
        let outputs = try local.outputs(surroundings)
        let names = try arguments.tag.map { try ImageReference($0) }
        let platforms = try arguments.buildPlatforms()
        var (options, input) = try await source(builder)
        try arguments.apply(to: &options, surroundings)
        try local.apply(to: &options, surroundings)
        let progress = PlainProgress(
            say: surroundings.say, isQuiet: arguments.quiet || local.progress == .quiet)
        let result = try await builder.build(options, for: platforms, input) { _, event in
            progress.show(event)
        }
        for output in outputs { try await builder.write(result, to: output, names: names) }
        if arguments.quiet { try surroundings.write(Array("\(result.root.digest)\n".utf8)) }
        if let file = local.iidfile {
            try Data("\(result.root.digest)".utf8).write(to: URL(filePath: surroundings.absolute(file)))
        }
    }

    /// Where the Dockerfile and the context are.
    private func source(_ builder: LocalBuilder) async throws -> (BuildOptions, ImageBuilder.Input) {
        let reference = try BuildContextReference(context: contextPath)
        let opened = try await builder.contexts.open(reference)
        var named: [String: BuildContextReference] = [:]
        for text in local.buildContext {
            let (name, reference) = try BuildContextReference.named(text)
            named[name] = reference
        }
        var input = builder.input(for: opened, contexts: named)
        var options = BuildOptions()
        options.epoch = opened.time ?? 0
        options.scope = opened.url ?? contextPath
        options.file = opened.dockerfile?.path ?? "Dockerfile"
        if let file = arguments.file {
            (input.source, options.file) = try await dockerfile(
                file, input, isLocal: reference.isDirectory, builder)
        }
        return (options, input)
    }

    private var contextPath: String {
        let path = surroundings.absolute(context)
        return FileManager.default.fileExists(atPath: path) ? path : context
    }

    /// A Dockerfile may be anywhere: beside the context, too.
    private func dockerfile(
        _ file: String, _ input: ImageBuilder.Input, isLocal: Bool, _ builder: LocalBuilder
    ) async throws -> (any FileTree, String) {
        if file == "-" {
            let opened = try await builder.contexts.open(.standardInput)
            guard let dockerfile = opened.dockerfile else {
                throw BuildError("standard input is an archive, and no Dockerfile")
            }
            return (dockerfile.source, dockerfile.path)
        }
        guard isLocal else { return (input.source, file) }
        let path = surroundings.absolute(file)
        let folder = URL(filePath: path).deletingLastPathComponent().path
        return (DirectoryTree(directory: folder), URL(filePath: path).lastPathComponent)
    }
}

extension BuildContextReference {
    fileprivate var isDirectory: Bool { if case .directory = self { true } else { self == .standardInput } }
}

extension BuildArguments {
    func apply(to options: inout BuildOptions, _ surroundings: Surroundings) throws {
        options.buildArguments = buildArguments(surroundings.environment)
        if let epoch = surroundings.environment["SOURCE_DATE_EPOCH"], !epoch.isEmpty,
            options.buildArguments["SOURCE_DATE_EPOCH"] == nil
        {
            options.buildArguments["SOURCE_DATE_EPOCH"] = epoch
        }
        options.target = target
        options.labels = labels
        options.isWithoutCache = noCache
    }

    /// The platforms to build for; none is this machine's own. Throws ``CommandError``.
    func buildPlatforms() throws(CommandError) -> [Platform] {
        var result: [Platform] = []
        for text in platforms {
            guard let platform = Platform(text) else {
                throw CommandError(
                    "`\(text)` is no platform", hint: "write one such as `linux/amd64`", status: .usage)
            }
            if !result.contains(platform) { result.append(platform) }
        }
        return result
    }
}
