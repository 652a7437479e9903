import ArgumentParser
import Blobs
import Builder
import Foundation

/// `slipway cache`.
struct CacheCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache", abstract: "List, show and prune what builds keep to be faster the next time.",
        subcommands: [CacheListCommand.self, CacheShowCommand.self, CachePruneCommand.self])
}

/// `--store`, as every command about the cache has it.
struct CacheOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where layers and base images are kept, or a daemon's data directory.", valueName: "directory"))
    var store: String?

    func directory(in surroundings: Surroundings) throws(CommandError) -> String {
        try StoreDirectory.path(store, in: surroundings)
    }

    /// The cache of the store; of a daemon's only what is no image of its registry.
    func cache(_ surroundings: Surroundings) throws -> BuildCache {
        let directory = try directory(in: surroundings)
        guard FileManager.default.fileExists(atPath: "\(directory)/cache") else {
            throw CommandError(
                "there is no store at `\(directory)`", hint: "name it with `--store DIR`", status: .notFound)
        }
        let isDaemon = FileManager.default.fileExists(atPath: "\(directory)/slipway.sqlite")
        return BuildCache(
            directory: "\(directory)/cache",
            store: isDaemon ? nil : try BlobStore(directory: "\(directory)/blobs"))
    }
}

/// `slipway cache list`.
struct CacheListCommand: AsyncParsableCommand, ContainerCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List everything that is kept, the least recently used first.")

    @OptionGroup var cache: CacheOptions
    @OptionGroup var output: OutputOptions

    func stateDirectory(in surroundings: Surroundings) throws -> String {
        try cache.directory(in: surroundings)
    }

    func run() async throws {
        let items = try cache.cache(.current).items()
        try output.show(CacheList(items: items.map(CacheRecord.init)))
    }
}

/// `slipway cache show`.
struct CacheShowCommand: AsyncParsableCommand, ContainerCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show how much is kept, by kind.")

    @OptionGroup var cache: CacheOptions
    @OptionGroup var output: OutputOptions

    func stateDirectory(in surroundings: Surroundings) throws -> String {
        try cache.directory(in: surroundings)
    }

    func run() async throws {
        try output.show(CacheSummary(try cache.cache(.current).items()))
    }
}

/// `slipway cache prune`.
struct CachePruneCommand: AsyncParsableCommand, ContainerCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Remove what was not used for longest.",
        discussion: """
            Without options everything goes that no running build uses. What is removed is made again when it is \
            needed, the same.
            """)

    @Option(help: ArgumentHelp("Keep so much of what was used last, such as `5g`.", valueName: "size"))
    var keep: String?

    @Option(help: ArgumentHelp("Keep what was used since, such as `24h` or `30m`.", valueName: "time"))
    var unusedFor: TimeLength?

    @Option(
        help: ArgumentHelp("Only of this kind: blob, record, snapshot, mount or download.", valueName: "kind")
    )
    var kind: [String] = []

    @OptionGroup var cache: CacheOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let keep, ByteSize(keep) == nil {
            throw ValidationError("'--keep \(keep)' should be a size such as 5g")
        }
        for text in kind where BuildCache.Item.Kind(rawValue: text) == nil {
            throw ValidationError("'--kind \(text)' is none of blob, record, snapshot, mount and download")
        }
    }

    func stateDirectory(in surroundings: Surroundings) throws -> String {
        try cache.directory(in: surroundings)
    }

    func run() async throws {
        var bounds = BuildCache.Bounds(size: keep.flatMap { ByteSize($0)?.bytes })
        if let unusedFor {
            let now = Date().timeIntervalSince1970
            bounds.unusedSince = Int64((now - unusedFor.seconds) * 1e9)
        }
        if !kind.isEmpty { bounds.kinds = Set(kind.compactMap(BuildCache.Item.Kind.init(rawValue:))) }
        let removed = try cache.cache(.current).prune(to: bounds)
        try output.show(CachePruned(count: removed.count, bytes: removed.reduce(0) { $0 + $1.size }))
    }
}
