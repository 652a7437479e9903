/// One process to run in a container, and everything that it sees.
package struct Container: Sendable {
    /// Letters, digits and dashes; no other container of the state directory has it.
    package var name: String
    /// The directory that ``layers`` are named in.
    package var layersDirectory: String
    /// The directories that make its file system, lowest first: one component each, and short, for the kernel takes at
    /// most a page of them.
    package var layers: [String]
    /// Takes what the process changes. On one file system with ``work``.
    package var upper: String
    /// An empty directory for overlayfs's own use.
    package var work: String
    /// The program and its arguments; the program is looked for in the container's `PATH`.
    package var arguments: [String]
    /// `NAME=VALUE`.
    package var environment: [String] = []
    package var workingDirectory = "/"
    package var user = User()
    /// In the order in which they are made.
    package var mounts: [ContainerMount] = []
    package var network = Network.private
    package var hostname = "buildkitsandbox"
    /// Lines of `/etc/hosts`, beside those of the container itself.
    package var hosts: [(address: String, name: String)] = []
    package var limits = Limits()
    /// Whether protection is taken away: all capabilities, all system calls, all of `/proc` and `/sys`.
    package var isPrivileged = false

    package init(
        name: String, layersDirectory: String, layers: [String], upper: String, work: String,
        arguments: [String]
    ) {
        self.name = name
        self.layersDirectory = layersDirectory
        self.layers = layers
        self.upper = upper
        self.work = work
        self.arguments = arguments
    }

    /// By number, as the container knows them.
    package struct User: Hashable, Sendable {
        package var uid: Int
        package var gid: Int
        package var groups: [Int]

        package init(uid: Int = 0, gid: Int = 0, groups: [Int] = []) {
            self.uid = uid
            self.gid = gid
            self.groups = groups
        }
    }

    package enum Network: Hashable, Sendable {
        /// Its own, from which the world can be reached, and this machine's loopback cannot.
        case `private`
        /// Nothing but its own loopback.
        case none
        /// The host's.
        case host
    }

    /// What a process may use at most; `nil` is as much as there is.
    package struct Limits: Hashable, Sendable {
        /// In bytes.
        package var memory: Int64?
        /// Memory and swap together, in bytes; -1 is no limit of swap.
        package var memoryAndSwap: Int64?
        /// Processors, in fractions of one.
        package var processors: Double?
        /// Which processors: `0-2,4`.
        package var processorSet: String?
        /// The weight against other containers; 1024 is the usual one.
        package var processorShares: Int?
        package var processes: Int?
        /// From start to end.
        package var time: Duration?
        /// Of `/dev/shm`, in bytes.
        package var sharedMemory: Int64 = 64 << 20
        /// By their name without `RLIMIT_`, in lower case; the host's own are never exceeded.
        package var resources: [String: ResourceLimit] = [:]

        package init() {}
    }

    package struct ResourceLimit: Hashable, Sendable {
        package var soft: UInt64
        package var hard: UInt64

        package init(soft: UInt64, hard: UInt64) {
            self.soft = soft
            self.hard = hard
        }
    }
}

/// Something that a container sees at a path, beside its layers.
package struct ContainerMount: Sendable {
    package enum Source: Sendable {
        /// A directory, file or socket of this machine.
        case bind(String)
        /// An empty file system in memory; `size` in bytes, `nil` is the kernel's choice.
        case temporary(size: Int64?, mode: UInt32)
        /// A file that is never on a disk.
        case file([UInt8], mode: UInt32, uid: Int, gid: Int)
        /// A path of the file system that layers make, named as in ``Container/layers``; `upper` and `work` take
        /// changes, where there may be some.
        case layers([String], path: String, upper: String?, work: String?)
    }

    package var source: Source
    /// Absolute.
    package var target: String
    package var isReadOnly: Bool

    package init(_ source: Source, at target: String, isReadOnly: Bool) {
        self.source = source
        self.target = target
        self.isReadOnly = isReadOnly
    }
}

/// How a container ended.
package enum ContainerExit: Hashable, Sendable {
    /// The process's own status; 128 and the signal's number where a signal ended it.
    case exited(Int32)
    /// It took longer than it may.
    case timedOut
}
