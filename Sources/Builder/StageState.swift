import Archive
import Dockerfile
import OCI

/// A stage as far as it is built: configuration, layers, file system, and the variables that its words may use.
struct StageState: Sendable {
    var config: ImageConfig
    var layers: [Layer] = []
    /// The file system, as far as it is settled.
    private(set) var tree = LayeredTree()
    /// Layers that nobody has looked into yet: the last one of an image never needs to be.
    private var unsettled: [LayerTable] = []
    /// What `$NAME` stands for: `ENV` of the base, and what `ARG` and `ENV` set.
    var variables: StageVariables
    /// The latest time of anything in the settled layers, in seconds since 1970-01-01 00:00:00 UTC.
    private(set) var newestTime: Int64 = 0
    /// The snapshots of the lowest layers.
    private var known: [String] = []
    /// Whether the stage itself has a `CMD`: an `ENTRYPOINT` drops the one that the base brought.
    var hasOwnCommand = false

    /// What a container's programs are looked for in where an image says nothing, as in BuildKit.
    private static let defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// A stage on `scratch`.
    init(platform: Platform) {
        config = ImageConfig(platform: platform)
        config.execution.environment = [Self.defaultPath]
        config.execution.workingDirectory = "/"
        variables = StageVariables(environment: [Self.defaultPath])
    }

    /// A stage on an image, whose layers are applied by the caller.
    init(on base: BaseImage) {
        config = base.config
        // Its triggers are done by this stage; those that the image has are this stage's own.
        config.execution.onBuild = nil
        if config.execution.environment?.contains(where: { $0.hasPrefix("PATH=") }) != true {
            config.execution.environment = (config.execution.environment ?? []) + [Self.defaultPath]
        }
        if config.execution.workingDirectory?.isEmpty != false { config.execution.workingDirectory = "/" }
        variables = StageVariables(environment: config.execution.environment ?? [])
    }

    /// A stage on an earlier one.
    init(on stage: StageState) {
        self = stage
        hasOwnCommand = false
        // Its triggers are done by this stage.
        config.execution.onBuild = nil
    }

    var shell: [String] { config.execution.shell ?? ["/bin/sh", "-c"] }

    var workingDirectory: String {
        guard let directory = config.execution.workingDirectory, !directory.isEmpty else { return "/" }
        return directory
    }

    /// A path made absolute by the working directory, and cleaned; a slash at its end, or a dot, stays as a slash.
    func absolute(_ path: String) -> String {
        let joined = path.isAbsolute ? path : workingDirectory + "/" + path
        var components: [String] = []
        for component in joined.pathComponents {
            if component == ".." { _ = components.popLast() } else { components.append(component) }
        }
        let clean = "/" + components.joined(separator: "/")
        let isDirectory = path.isEmpty || path.hasTrailingSlash || path == "." || path.hasSuffix("/.")
        return isDirectory && clean != "/" ? clean + "/" : clean
    }

    mutating func add(_ made: LayerMaker.Made) {
        layers.append(made.layer)
        unsettled.append(made.table)
        config.diffIDs.append(made.layer.diffID)
    }

    /// The file system of all layers so far, which somebody put together before.
    mutating func settle(as known: BaseTrees.Settled) {
        tree = known.tree
        newestTime = known.newestTime
        unsettled = []
    }

    /// Lays every layer over the tree; call it before somebody looks there. Blocks.
    mutating func settle() throws {
        while let table = unsettled.first {
            let contents = try table.contents()
            tree.apply(contents.index, content: contents.content)
            for member in contents.index.members {
                newestTime = max(newestTime, member.entry.modified)
            }
            unsettled.removeFirst()
        }
    }

    /// The snapshots of all layers, which must be settled; those that are missing are laid out. Blocks.
    mutating func directories(_ maker: LayerMaker, _ snapshots: Snapshots) throws -> [String] {
        guard known.count < layers.count else { return known }
        var below = LayeredTree()
        for (number, layer) in layers.enumerated() {
            let contents = try maker.existing(layer).table.contents()
            if number >= known.count {
                known.append(try snapshots.directory(for: layer, index: contents.index, over: below))
            }
            if number + 1 < layers.count { below.apply(contents.index, content: contents.content) }
        }
        return known
    }

    /// Notes the snapshots of all layers but those that are made later.
    mutating func keep(directories: [String]) { known = directories }

    mutating func note(_ text: String, created: String, isEmptyLayer: Bool) {
        config.history.append(
            ImageConfig.HistoryEntry(
                created: created, createdBy: text, comment: "slipway", isEmptyLayer: isEmptyLayer)
        )
    }
}
