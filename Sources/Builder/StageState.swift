import Dockerfile
import OCI

/// A stage as far as it is built: configuration, layers, file system, and the variables that its words may use.
struct StageState: Sendable {
    var config: ImageConfig
    var layers: [Layer] = []
    var tree = LayeredTree()
    /// The `ARG`s that the stage declared so far and that have a value.
    var arguments: [String: String] = [:]
    /// Whether the stage itself has a `CMD`: an `ENTRYPOINT` drops the one that the base brought.
    var hasOwnCommand = false

    /// What a container's programs are looked for in where an image says nothing, as in BuildKit.
    private static let defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// A stage on `scratch`.
    init(platform: Platform) {
        config = ImageConfig(platform: platform)
        config.execution.environment = [Self.defaultPath]
        config.execution.workingDirectory = "/"
    }

    /// A stage on an image, whose layers are applied by the caller.
    init(on base: BaseImage) {
        config = base.config
        // The base's own name and history line stay; what made this image is added behind.
        if config.execution.environment?.contains(where: { $0.hasPrefix("PATH=") }) != true {
            config.execution.environment = (config.execution.environment ?? []) + [Self.defaultPath]
        }
        if config.execution.workingDirectory?.isEmpty != false { config.execution.workingDirectory = "/" }
    }

    /// A stage on an earlier one: its arguments are not inherited.
    init(on stage: StageState) {
        self = stage
        arguments = [:]
        hasOwnCommand = false
    }

    /// What `$NAME` stands for: the environment, and below it the arguments.
    var variables: [String: String] {
        arguments.merging(environment) { _, environment in environment }
    }

    private var environment: [String: String] {
        Dictionary(
            (config.execution.environment ?? []).map { entry in
                let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (String(parts[0]), parts.count == 2 ? String(parts[1]) : "")
            }, uniquingKeysWith: { _, last in last })
    }

    var shell: [String] { config.execution.shell ?? ["/bin/sh", "-c"] }

    var workingDirectory: String {
        guard let directory = config.execution.workingDirectory, !directory.isEmpty else { return "/" }
        return directory
    }

    /// A path made absolute by the working directory, and cleaned; a slash at its end, or a dot, stays as a slash.
    func absolute(_ path: String) -> String {
        let joined = path.hasPrefix("/") ? path : workingDirectory + "/" + path
        var components: [Substring] = []
        for component in joined.split(separator: "/") where component != "." {
            if component == ".." { _ = components.popLast() } else { components.append(component) }
        }
        let clean = "/" + components.joined(separator: "/")
        let isDirectory = path.hasSuffix("/") || path == "." || path.hasSuffix("/.")
        return isDirectory && clean != "/" ? clean + "/" : clean
    }

    mutating func add(_ made: LayerMaker.Made) {
        layers.append(made.layer)
        tree.apply(made.index, content: made.content)
        config.diffIDs.append(made.layer.diffID)
    }

    mutating func note(_ text: String, created: String, isEmptyLayer: Bool) {
        config.history.append(
            ImageConfig.HistoryEntry(created: created, createdBy: text, comment: "slipway", isEmptyLayer: isEmptyLayer)
        )
    }
}
