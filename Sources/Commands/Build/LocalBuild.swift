import Archive
import BuildHost
import Builder
import Dockerfile
import ControlAPI
import Foundation
import Git
import Inventory
import OCI

/// `slipway build` by this program alone.
struct LocalBuild {
    let context: String
    let arguments: BuildArguments
    let local: LocalBuildArguments
    let surroundings: Surroundings
    private let progress: BuildProgressView

    init(
        context: String, arguments: BuildArguments, local: LocalBuildArguments, surroundings: Surroundings
    ) {
        self.context = context
        self.arguments = arguments
        self.local = local
        self.surroundings = surroundings
        progress = BuildProgressView(local.progress, isQuiet: arguments.quiet, surroundings)
    }

    func run() async throws {
        do { try await buildUntilInterrupted() } catch {
            progress.finish(error)
            throw BuildFailure.commandError(error, said: progress.failureOutput)
        }
    }

    /// Ctrl-C and SIGTERM cancel the build: its containers are ended, and nothing of it is left.
    private func buildUntilInterrupted() async throws {
        let interruptions = surroundings.interruptions()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await build()
                return true
            }
            group.addTask {
                await progress.animate()
                return false
            }
            group.addTask {
                for await _ in interruptions {
                    progress.announce("canceling the build")
                    return false
                }
                return false
            }
            defer { group.cancelAll() }
            guard try await group.next() == true else {
                group.cancelAll()
                try await group.waitForAll()
                throw CancellationError()
            }
        }
    }

    private func build() async throws {
        let plan = try LocalBuildPlan(arguments, local, surroundings)
        let session = try LocalBuilderSession(
            store: local.store, plainHTTP: local.plainHttp, limits: try local.limits(), surroundings)
        try await session.run { [plan] builder in try await build(with: builder, plan) }
    }

    private func build(with builder: LocalBuilder, _ plan: LocalBuildPlan) async throws {
        let fetched = FetchedSources()
        var (options, input) = try await source(builder, plan.options, notingIn: fetched)
        let agents = try BuildAgents(plan.agents)
        defer { withExtendedLifetime(agents) {} }
        options.agents = agents.sockets
        if local.check { return try await check(builder, options, input) }
        let journal = CacheJournal()
        options.journal = journal
        let caches = builder.sharedCaches
        options.sharedLayers = caches
        for place in plan.cacheSources {
            guard try await !builder.importCache(from: place, into: caches) else { continue }
            if !arguments.quiet { surroundings.say("there is no cache to use yet at its place") }
        }
        let result = try await withTaskCancellationHandler {
            try await builder.build(options, for: plan.platforms, input) { platform, event in
                progress.show(event, of: platform)
            }
        } onCancel: {
            caches.cancel()
        }
        progress.finish()
        if local.verify { try await verify(result, builder, options, plan.platforms, input) }
        let delivered = try await deliver(
            result, builder, options, plan, attestations(options, fetched.materials))
        for place in plan.cacheTargets { try await builder.exportCache(journal, of: result, to: place) }
        try report(delivered, plan)
        // A size that was named is kept to at once.
        try await builder.cache.trim(
            to: try local.cacheLimit(surroundings), pause: local.cacheSize == nil ? 30 : 0)
    }

    /// Brings the images to where they are to go. Returns what the first output got that takes images.
    ///
    /// - Parameter attestations: what goes along.
    private func deliver(
        _ result: BuildResult, _ builder: LocalBuilder, _ options: BuildOptions, _ plan: LocalBuildPlan,
        _ attestations: Attestations
    ) async throws -> BuildResult {
        var first: BuildResult?
        for output in plan.outputs {
            let delivered = try await builder.delivered(result, by: output, madeIn: options.compression)
            var documents: [AttachedDocument] = []
            if output.takesDocuments, attestations.hasPackages || attestations.hasProvenance {
                documents = try await builder.attest(
                    delivered, options, attestations, names: plan.names + output.names)
            }
            try await builder.write(delivered, to: output, names: plan.names, documents: documents)
            if output.takesImages, first == nil { first = delivered }
        }
        return first ?? result
    }

    /// What was asked for beside the image.
    private func attestations(_ options: BuildOptions, _ materials: Set<Material>) -> Attestations {
        var attestations = Attestations()
        attestations.hasPackages = local.sbom
        attestations.hasProvenance = local.provenance
        attestations.toolVersion = SlipwayVersion.current
        attestations.materials = materials
        // A directory's path is of this machine, and would make equal builds unequal.
        if options.scope.contains("://") || options.commit != nil {
            attestations.source = BuildParameters.Source(location: options.scope, commit: options.commit)
        }
        return attestations
    }

    /// Tells programs what was built.
    private func report(_ result: BuildResult, _ plan: LocalBuildPlan) throws {
        let digest = result.root.digest.description
        if let file = plan.digestFile { try Data(digest.utf8).write(to: URL(filePath: file)) }
        if let file = plan.metadataFile {
            try BuildMetadata(result, plan.names).json.write(to: URL(filePath: file))
        }
        if arguments.quiet { try surroundings.write(Array("\(digest)\n".utf8)) }
    }

    /// Prints what is likely wrong, and fails where there is something.
    private func check(
        _ builder: LocalBuilder, _ options: BuildOptions, _ input: ImageBuilder.Input
    ) async throws {
        let warnings = try await builder.builder.check(options, input)
        guard !warnings.isEmpty else {
            return try surroundings.write(Array("no warnings: the Dockerfile is in order\n".utf8))
        }
        for warning in warnings {
            try surroundings.write(Array("\(warning)\n\(warning.range.excerpt)\n".utf8))
        }
        let count = warnings.count == 1 ? "1 warning" : "\(warnings.count) warnings"
        throw CommandError("the Dockerfile has \(count)", status: .failed)
    }

    /// Builds once more without what was kept, and compares.
    private func verify(
        _ result: BuildResult, _ builder: LocalBuilder, _ options: BuildOptions, _ platforms: [Platform],
        _ input: ImageBuilder.Input
    ) async throws {
        surroundings.say("verifying: building once more, without cache")
        var options = options
        options.isWithoutCache = true
        let again = try await builder.build(options, for: platforms, input) { _, _ in }
        for (first, second) in zip(result.images, again.images) {
            guard let difference = try builder.builder.difference(between: first, and: second) else {
                continue
            }
            throw CommandError(
                "the second build is not the same: \(difference)",
                hint: "something in it depends on the time, on chance or on the network", status: .failed)
        }
        surroundings.say("verified: both builds gave \(result.root.digest)")
    }

    /// Where the Dockerfile and the context are.
    private func source(
        _ builder: LocalBuilder, _ asked: BuildOptions, notingIn log: FetchedSources
    ) async throws -> (BuildOptions, ImageBuilder.Input) {
        var reference = try BuildContextReference(context: contextPath)
        if case .git(var git) = reference, asked.keepsGitDirectory {
            git.keepsGitDirectory = true
            reference = .git(git)
        }
        let opened = try await builder.contexts.open(reference)
        var named: [String: BuildContextReference] = [:]
        for text in local.buildContext {
            let (name, reference) = try BuildContextReference.named(text)
            named[name] = reference
        }
        var input = builder.input(for: opened, contexts: named, notingIn: log)
        var options = asked
        options.epoch = opened.time ?? 0
        options.scope = opened.url ?? contextPath
        options.commit = opened.commit?.description
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
            let platform = try Platform(argument: text)
            if !result.contains(platform) { result.append(platform) }
        }
        return result
    }
}
