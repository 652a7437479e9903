package import Archive
package import Dockerfile
package import OCI

/// What a build is told beside its context: `docker build`'s flags.
package struct BuildOptions: Sendable {
    /// The Dockerfile's path in the context.
    package var file = "Dockerfile"
    package var buildArguments: [String: String] = [:]
    /// A stage's name or number; `nil` is the last one.
    package var target: String?
    package var labels: [String: String] = [:]
    package var platform: Platform = .host
    /// Whether layers that were made before are made again.
    package var isWithoutCache = false
    /// The time of everything in the image, in seconds since 1970-01-01 00:00:00 UTC: the commit's. The build argument
    /// `SOURCE_DATE_EPOCH` wins over it.
    package var epoch: Int64 = 0

    /// How the layers that the build makes are compressed; those of base images stay as they are.
    package var compression = Compression.gzip
    /// How large a layer of a base image, or an archive that `ADD` unpacks, may become, in bytes.
    package var unpackLimit = Decompressor.usualLimit
    /// Is told what of the cache the build used and made.
    package var journal: CacheJournal?
    /// Has the layers of caches that others share.
    package var sharedLayers: (any SharedLayers)?
    /// Which source the Dockerfile is of, a directory or a repository: the build is compared with the last one of it.
    package var scope = ""
    /// The commit that the source is, in hexadecimal, where it is one.
    package var commit: String?
    /// The stages, by name, whose layers are made again (`--no-cache-filter`).
    package var stagesWithoutCache: Set<String> = []
    /// What a `RUN` instruction that says nothing of it is connected to.
    package var network: RunInstruction.Network = .default
    /// By the id that `--mount=type=secret` names.
    package var secrets: [String: Secret] = [:]
    /// The sockets of SSH agents, by the id that `--mount=type=ssh` names; `default` is the usual one.
    package var agents: [String: String] = [:]
    /// What a Dockerfile may ask for although it takes protection away (`--allow`).
    package var entitlements: Set<Entitlement> = []
    /// Names and addresses that containers find in `/etc/hosts`, beside their own (`--add-host`).
    package var hosts: [Host] = []

    /// A permission that a build has only when it was given.
    package enum Entitlement: String, Hashable, Sendable, CaseIterable {
        /// `RUN --network=host`.
        case hostNetwork = "network.host"
        /// `RUN --security=insecure`.
        case insecure = "security.insecure"
    }

    /// A line of `/etc/hosts`.
    package struct Host: Hashable, Sendable {
        package var name: String
        package var address: String

        package init(name: String, address: String) {
            self.name = name
            self.address = address
        }
    }

    /// The host name of each `RUN`; `nil` is the usual one.
    var hostname: String? {
        buildArguments["BUILDKIT_SANDBOX_HOSTNAME"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// What the ids of caches begin with, so that builds do not share those of others.
    var cacheMountNamespace: String {
        buildArguments["BUILDKIT_CACHE_MOUNT_NS"].map { $0.isEmpty ? "" : "\($0)/" } ?? ""
    }

    /// Whether a Git context has its `.git`.
    package var keepsGitDirectory: Bool { isTrue("BUILDKIT_CONTEXT_KEEP_GIT_DIR") }

    /// Whether one platform makes an index, too.
    package var isMultiPlatform: Bool { isTrue("BUILDKIT_MULTI_PLATFORM") }

    private func isTrue(_ name: String) -> Bool {
        ["1", "t", "true"].contains(buildArguments[name]?.lowercased())
    }

    package init() {}
}

/// An image that a build made; its blobs are in the builder's store.
package struct BuiltImage: Hashable, Sendable {
    /// The manifest's exact bytes are the blob of its digest.
    package var manifest: Descriptor
    package var config: ImageConfig
    package var layers: [Layer]
    /// Every image that the build looked at, in the Dockerfile's order.
    package var bases: [UsedBase]

    package init(manifest: Descriptor, config: ImageConfig, layers: [Layer], bases: [UsedBase]) {
        self.manifest = manifest
        self.config = config
        self.layers = layers
        self.bases = bases
    }
}

/// An image that a build stood on or copied from, and where the Dockerfile names it.
package struct UsedBase: Hashable, Sendable {
    package var reference: ImageReference
    package var digest: Digest
    /// Whether the final stage stands on it.
    package var isRuntime: Bool
    package var line: Int
    /// `FROM` or `COPY --from`.
    package var instruction: String
}
