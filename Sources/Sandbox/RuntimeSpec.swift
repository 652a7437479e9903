/// A bundle's `config.json` (OCI runtime specification, config.md and config-linux.md), as far as it is used here.
struct RuntimeSpec: Encodable {
    var ociVersion = "1.0.2"
    var process: Process
    var root: Root
    var hostname: String
    var mounts: [Mount]
    var linux: Linux

    struct Root: Encodable {
        var path = "rootfs"
        var readonly = false
    }

    struct Process: Encodable {
        var terminal = false
        var user: User
        var args: [String]
        var env: [String]
        var cwd: String
        var capabilities: Capabilities
        var rlimits: [ResourceLimit]
        var noNewPrivileges = false
        var oomScoreAdj: Int?
    }

    struct User: Encodable {
        var uid: Int
        var gid: Int
        var additionalGids: [Int]
    }

    struct Capabilities: Encodable {
        var bounding: [String]
        var effective: [String]
        var permitted: [String]

        init(_ names: [String]) { (bounding, effective, permitted) = (names, names, names) }
    }

    struct ResourceLimit: Encodable {
        var type: String
        var soft: UInt64
        var hard: UInt64
    }

    struct Mount: Encodable {
        var destination: String
        var type: String
        var source: String
        var options: [String]
    }

    struct Linux: Encodable {
        var namespaces: [Namespace]
        var resources: Resources?
        var cgroupsPath: String?
        var seccomp: Seccomp?
        var maskedPaths: [String]
        var readonlyPaths: [String]
    }

    struct Namespace: Encodable {
        var type: String
        var path: String?
    }

    struct Resources: Encodable {
        var devices: [DeviceRule]
        var memory: Memory?
        var cpu: Processors?
        var pids: Processes?
    }

    struct DeviceRule: Encodable {
        var allow: Bool
        var access = "rwm"
    }

    struct Memory: Encodable {
        var limit: Int64?
        var swap: Int64?
    }

    struct Processors: Encodable {
        var quota: Int64?
        var period: UInt64?
        var shares: Int?
        var cpus: String?
    }

    struct Processes: Encodable {
        var limit: Int
    }

    struct Seccomp: Encodable {
        var defaultAction = "SCMP_ACT_ERRNO"
        var defaultErrnoRet = 1
        var architectures: [String]
        var syscalls: [Rule]

        struct Rule: Encodable {
            var names: [String]
            var action = "SCMP_ACT_ALLOW"
            var errnoRet: Int?
            var args: [Argument]?
        }

        struct Argument: Encodable {
            var index: Int
            var value: UInt64
            var valueTwo: UInt64 = 0
            var op: String
        }
    }
}
