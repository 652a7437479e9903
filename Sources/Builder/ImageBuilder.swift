package import Blobs
import Dockerfile
import FoundationEssentials
import OCI
import Sandbox

/// Builds images from Dockerfiles; knows nothing of who asks.
package struct ImageBuilder: Sendable {
    let store: BlobStore
    let cacheDirectory: String
    private let threads: Int
    private let trees = BaseTrees()
    private let tools: RunTools?
    private let turns = Turns<Digest>()

    /// - Parameters:
    ///   - cacheDirectory: holds folders that are made where they are missing; all in them can be made anew.
    ///   - threads: how many compress a layer; the bytes do not depend on it.
    ///   - tools: run `RUN` instructions; `nil` where nothing can.
    package init(store: BlobStore, cacheDirectory: String, threads: Int, tools: RunTools? = nil) {
        self.tools = tools
        self.store = store
        self.cacheDirectory = cacheDirectory
        self.threads = threads
    }

    /// What a build works on.
    package struct Input: Sendable {
        /// Where the Dockerfile is looked for.
        package var source: any FileTree
        /// What `COPY` copies from, before `.dockerignore`.
        package var context: any FileTree
        package var images: any ImageSource
        /// What stands in for a stage or an image of that name (`--build-context`).
        package var contexts: [String: any ContextSource] = [:]
        /// What `ADD` brings by URL; without it that is an error.
        package var remoteSources: (any RemoteSources)?

        package init(source: any FileTree, context: any FileTree, images: any ImageSource) {
            self.source = source
            self.context = context
            self.images = images
        }
    }

    /// Builds an image; its blobs are in the store when this returns.
    ///
    /// - Parameters:
    ///   - onBases: is told every image that the build looks at, resolved, before anything is built on it.
    ///   - onProgress: is told what goes on; called from any thread, in order.
    ///
    /// Throws ``DockerfileError`` at what the Dockerfile has wrong, ``BuildError``, and what the image source, the store
    /// and the context throw. Nothing but whole blobs is left then.
    package func build(
        _ options: BuildOptions, _ input: Input, onBases: ([UsedBase]) async throws -> Void,
        onProgress: @escaping @Sendable (BuildProgress) -> Void
    ) async throws -> BuiltImage {
        // What this build uses stays until it ends.
        let use = try await blocking { _ in try BuildUse(in: cacheDirectory) }
        defer { withExtendedLifetime(use) {} }
        let (options, prepared) = try await prepare(options, input)
        var resolver = BaseResolver(
            source: input.images, contexts: ContextNames(input.contexts), platform: options.platform,
            tell: onProgress)
        let plan = try await resolver.resolve(prepared.plan)
        let bases = try resolver.used(plan)
        try await onBases(bases)
        for base in bases { onProgress(.resolved(base: base)) }
        for warning in try warnings(of: plan, prepared, resolver.images, for: options.platform) {
            onProgress(.warning(warning))
        }
        let maker = maker(options)
        let images = ImageStages(resolver.images, maker: maker, trees: trees)
        let run = BuildRun(
            plan: plan, context: prepared.context,
            contexts: BuildContexts(trees: resolver.trees, images: images, maker: maker), images: images,
            remoteSources: input.remoteSources.map(BuildSources.init), options: options,
            dockerfileTime: prepared.dockerfileTime, maker: maker,
            memory: StepMemory(directory: "\(cacheDirectory)/steps"),
            snapshots: Snapshots(directory: "\(cacheDirectory)/snapshots", store: store), tools: tools,
            turns: turns,
            slots: Slots(threads), tell: onProgress)
        let state = try await run.build()
        let image = try await blocking { _ in try finish(state, options, bases) }
        onProgress(.finished(manifest: image.manifest))
        return image
    }

    /// Reads the Dockerfile; its times may depend on what it says.
    private func prepare(
        _ options: BuildOptions, _ input: Input
    ) async throws -> (BuildOptions, PreparedBuild) {
        let prepared = try await blocking { _ in try PreparedBuild(options, input) }
        let settled = try await SourceDateEpoch(plan: prepared.plan, options: options, input: input).settled()
        guard settled.buildArguments != options.buildArguments else { return (options, prepared) }
        return (settled, try await blocking { _ in try PreparedBuild(settled, input) })
    }

    /// Removes what builds left behind that were killed: containers, half-made directories and layers. Blocks.
    ///
    /// Call it only while no build uses the store and the cache: see ``BuildUse``.
    package func sweep() throws {
        try tools?.runtime.sweep()
        try Snapshots(directory: "\(cacheDirectory)/snapshots", store: store).sweep()
        try store.sweepIncoming()
    }

    private func maker(_ options: BuildOptions) -> LayerMaker {
        LayerMaker(
            cache: LayerCache(
                directory: "\(cacheDirectory)/layers", store: store, compression: options.compression,
                journal: options.journal, shared: options.sharedLayers),
            indexes: LayerIndexes(
                directory: "\(cacheDirectory)/indexes", store: store, limit: options.unpackLimit),
            chunks: ChunkRecords(directory: "\(cacheDirectory)/chunks"),
            writer: LayerWriter(
                store: store, threads: threads, compression: options.compression, isCanceled: { false }),
            isWithoutCache: options.isWithoutCache)
    }

    private func finish(_ state: StageState, _ options: BuildOptions, _ bases: [UsedBase]) throws
        -> BuiltImage
    {
        var config = state.config
        config.created = RFC3339.text(options.effectiveEpoch)
        if !options.labels.isEmpty {
            config.execution.labels = (config.execution.labels ?? [:]).merging(options.labels) { $1 }
        }
        let manifest = try ImageAssembler(store: store).assemble(config: config, layers: state.layers)
        return BuiltImage(manifest: manifest, config: config, layers: state.layers, bases: bases)
    }
}

extension BuildOptions {
    /// `SOURCE_DATE_EPOCH`, where it is given.
    var sourceDateEpoch: Int64? { buildArguments[SourceDateEpoch.name].flatMap { Int64($0) } }

    /// What no time is later than: `SOURCE_DATE_EPOCH`, else the context's time.
    package var effectiveEpoch: Int64 { sourceDateEpoch ?? epoch }
}
