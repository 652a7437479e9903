import ArgumentParser

/// The flags of a build that needs no daemon.
struct LocalBuildArguments: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Where the image goes: `type=oci|docker|local|tar|registry,dest=PATH`; a path alone takes the files.",
            valueName: "output"))
    var output: [String] = []

    @Flag(help: "Push the tags to their registries: `--output type=registry`.")
    var push = false

    @Option(
        help: ArgumentHelp(
            "An annotation of the manifest, or of what `index:` and the like in front of it name.",
            valueName: "KEY=VALUE"))
    var annotation: [String] = []

    @Flag(help: "Build here, without the daemon.")
    var local = false

    @Option(
        help: ArgumentHelp("What `RUN --mount=type=secret` may use.", valueName: "id=ID,src=FILE|env=NAME"))
    var secret: [String] = []

    @Option(help: ArgumentHelp("What `RUN --mount=type=ssh` may use.", valueName: "ID[=SOCKET|KEY,…]"))
    var ssh: [String] = []

    @Option(
        help: ArgumentHelp(
            "A directory, URL, `docker-image://` or `oci-layout://` for a name.", valueName: "NAME=VALUE"))
    var buildContext: [String] = []

    @Option(help: ArgumentHelp("The network of `RUN`: `default`, `none` or `host`.", valueName: "mode"))
    var network: String?

    @Option(help: ArgumentHelp("`network.host` or `security.insecure`.", valueName: "permission"))
    var allow: [String] = []

    @Option(help: ArgumentHelp("A line of /etc/hosts for `RUN`.", valueName: "NAME:ADDRESS"))
    var addHost: [String] = []

    @Option(help: ArgumentHelp("The memory that a `RUN` may use, such as `512m`.", valueName: "size"))
    var memory: String?

    @Option(help: ArgumentHelp("Memory and swap together; `-1` is no limit.", valueName: "size"))
    var memorySwap: String?

    @Option(help: ArgumentHelp("How many processors a `RUN` may use, such as `1.5`.", valueName: "number"))
    var cpus: Double?

    @Option(help: ArgumentHelp("Which processors a `RUN` may use, such as `0-2,4`.", valueName: "list"))
    var cpusetCpus: String?

    @Option(help: ArgumentHelp("The weight of a `RUN` against other containers.", valueName: "number"))
    var cpuShares: Int?

    @Option(help: ArgumentHelp("How many processes a `RUN` may have.", valueName: "number"))
    var pidsLimit: Int?

    @Option(help: ArgumentHelp("The size of /dev/shm.", valueName: "size"))
    var shmSize: String?

    @Option(
        help: ArgumentHelp("A limit of processes, such as `nofile=1024:2048`.", valueName: "NAME=SOFT[:HARD]")
    )
    var ulimit: [String] = []

    @Option(
        help: ArgumentHelp("How large a layer or archive may become when it is unpacked.", valueName: "size"))
    var unpackLimit: ByteSize?

    @Option(help: ArgumentHelp("How many seconds a `RUN` may take.", valueName: "seconds"))
    var timeout: Double?

    @Option(help: ArgumentHelp("A stage whose layers are made again.", valueName: "stage"))
    var noCacheFilter: [String] = []

    @Flag(help: "Look for newer base images; this is always done.")
    var pull = false

    @Option(help: ArgumentHelp("Where layers and base images are kept.", valueName: "directory"))
    var store: String?

    @Option(
        help: ArgumentHelp(
            "How large the store may become, such as `20g` [env: SLIPWAY_CACHE_SIZE].", valueName: "size"))
    var cacheSize: String?

    @Option(
        help: ArgumentHelp(
            "A shared cache to use: `type=registry,ref=NAME` or `type=local,src=DIR`.", valueName: "cache"))
    var cacheFrom: [String] = []

    @Option(
        help: ArgumentHelp(
            "Where to share the cache: `type=registry,ref=NAME[,mode=max]` or `type=local,dest=DIR`.",
            valueName: "cache"))
    var cacheTo: [String] = []

    @Option(help: ArgumentHelp("A file that takes the image's digest.", valueName: "file"))
    var iidfile: String?

    @Option(help: ArgumentHelp("A file that takes what was built, as JSON.", valueName: "file"))
    var metadataFile: String?

    @Option(help: ArgumentHelp("`auto`, `plain`, `tty`, `json` or `quiet`.", valueName: "form"))
    var progress: ProgressForm = .auto

    @Flag(help: "Attach a list of the packages in the image (SPDX).")
    var sbom = false

    @Flag(help: "Attach how the image came to be (SLSA provenance).")
    var provenance = false

    @Flag(help: "Print warnings about the Dockerfile, and build nothing.")
    var check = false

    @Flag(help: "Build twice, the second time without cache, and compare.")
    var verify = false

    @Option(
        help: ArgumentHelp(
            "A registry where HTTPS is not spoken, beside those of this machine.", valueName: "HOST[:PORT]"))
    var plainHttp: [String] = []

    /// Whether something is asked for that only a build without a daemon does.
    var asksForLocal: Bool {
        let lists = [
            output, cacheFrom, cacheTo, secret, ssh, buildContext, allow, addHost, ulimit, noCacheFilter,
            plainHttp, annotation,
        ]
        let values = [
            network, memory, memorySwap, cpusetCpus, shmSize, store, cacheSize, iidfile, metadataFile,
        ]
        return local || push || check || verify || sbom || provenance || lists.contains { !$0.isEmpty }
            || values.contains { $0 != nil } || cpus != nil || cpuShares != nil || pidsLimit != nil
            || timeout != nil || unpackLimit != nil
    }
}

/// How a build's progress is shown.
enum ProgressForm: String, ExpressibleByArgument, CaseIterable, Sendable {
    case auto, plain, tty, json, rawjson, quiet
}
