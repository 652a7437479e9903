import Glibc

extension RuntimeSpec {
    private static let maskedPaths = [
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
        "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats",
        "/sys/devices/virtual/powercap",
        "/sys/firmware",
    ]
    private static let readOnlyPaths = [
        "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
    ]

    /// - Parameters:
    ///   - mounts: beside the kernel's own file systems.
    ///   - networkPath: a network namespace to join; `nil` is a new one, unless the container has the host's.
    ///   - cgroup: where limits are kept; `nil` where the host has no place for them.
    init(_ container: Container, mounts: [Mount], networkPath: String?, cgroup: String?) {
        let granted = container.isPrivileged ? Capability.own : Capability.usual
        process = Process(
            user: User(
                uid: container.user.uid, gid: container.user.gid, additionalGids: container.user.groups),
            args: container.arguments, env: container.environment, cwd: container.workingDirectory,
            capabilities: Capabilities(granted),
            rlimits: container.limits.clampedResources)
        root = Root()
        hostname = container.hostname
        let taken = Set(mounts.map(\.destination))
        self.mounts = Self.kernelMounts(container, cgroup).filter { !taken.contains($0.destination) } + mounts
        var namespaces = ["mount", "pid", "ipc", "uts"].map { Namespace(type: $0) }
        if container.network != .host { namespaces.append(Namespace(type: "network", path: networkPath)) }
        linux = Linux(
            namespaces: namespaces,
            resources: cgroup == nil ? nil : Resources(container.limits, container.isPrivileged),
            cgroupsPath: cgroup, seccomp: container.isPrivileged ? nil : .docker,
            maskedPaths: container.isPrivileged ? [] : Self.maskedPaths,
            readonlyPaths: container.isPrivileged ? [] : Self.readOnlyPaths)
    }

    /// `tty`, by its usual number.
    private static let terminalGroup = 5

    private static func kernelMounts(_ container: Container, _ cgroup: String?) -> [Mount] {
        let access = container.isPrivileged ? "rw" : "ro"
        // Where programs read what memory and processors they may use. The host's `/sys` has it in it.
        let control =
            cgroup == nil || container.network == .host || UserNamespace.isInside
            ? []
            : [
                Mount(
                    destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup",
                    options: ["nosuid", "noexec", "nodev", "relatime", access])
            ]
        return [
            Mount(
                destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"]),
            Mount(
                destination: "/dev", type: "tmpfs", source: "tmpfs",
                options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
            Mount(
                destination: "/dev/pts", type: "devpts", source: "devpts",
                options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]
                    + (IDMapping.current.has(group: terminalGroup) ? ["gid=\(terminalGroup)"] : [])),
            Mount(
                destination: "/dev/shm", type: "tmpfs", source: "shm",
                options: ["nosuid", "noexec", "nodev", "mode=1777", "size=\(container.limits.sharedMemory)"]),
            Mount(
                destination: "/dev/mqueue", type: "mqueue", source: "mqueue",
                options: ["nosuid", "noexec", "nodev"]),
            Mount(
                destination: "/sys", type: container.network == .host ? "bind" : "sysfs",
                source: container.network == .host ? "/sys" : "sysfs",
                options: ["nosuid", "noexec", "nodev", access] + (container.network == .host ? ["rbind"] : [])
            ),
        ] + control
    }
}

extension RuntimeSpec.Resources {
    fileprivate init(_ limits: Container.Limits, _ isPrivileged: Bool) {
        devices = [RuntimeSpec.DeviceRule(allow: isPrivileged)]
        if limits.memory != nil || limits.memoryAndSwap != nil {
            memory = RuntimeSpec.Memory(limit: limits.memory, swap: limits.memoryAndSwap)
        }
        let period: UInt64 = 100_000
        if limits.processors != nil || limits.processorShares != nil || limits.processorSet != nil {
            cpu = RuntimeSpec.Processors(
                quota: limits.processors.map { Int64($0 * Double(period)) },
                period: limits.processors.map { _ in period }, shares: limits.processorShares,
                cpus: limits.processorSet)
        }
        pids = limits.processes.map { RuntimeSpec.Processes(limit: $0) }
    }
}

extension Container.Limits {
    /// Docker's number of open files, where nothing else is asked for.
    private static let openFiles = Container.ResourceLimit(soft: 1_048_576, hard: 1_048_576)

    /// Never more than this process may give.
    fileprivate var clampedResources: [RuntimeSpec.ResourceLimit] {
        var wanted = resources
        if wanted["nofile"] == nil { wanted["nofile"] = Self.openFiles }
        return wanted.sorted { $0.key < $1.key }.map { name, limit in
            let most = HostResources.hardLimit(name) ?? limit.hard
            return RuntimeSpec.ResourceLimit(
                type: "RLIMIT_\(name.uppercased())", soft: min(limit.soft, most),
                hard: min(limit.hard, most))
        }
    }
}

extension RuntimeSpec.Seccomp {
    /// Docker's default profile.
    fileprivate static var docker: Self {
        let equal = "SCMP_CMP_EQ"
        var rules = [Rule(names: SystemCalls.allowed)]
        rules += SystemCalls.personalities.map { value in
            Rule(names: ["personality"], args: [Argument(index: 0, value: value, op: equal)])
        }
        rules.append(
            Rule(
                names: ["socket"],
                args: [Argument(index: 0, value: SystemCalls.virtualMachineSockets, op: "SCMP_CMP_NE")]))
        rules.append(
            Rule(
                names: ["clone"],
                args: [
                    Argument(
                        index: 0, value: SystemCalls.namespaceFlags, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ")
                ]))
        // Its arguments are in memory, where no filter sees them: programs then try `clone`.
        rules.append(Rule(names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: Int(ENOSYS)))
        #if arch(x86_64)
            let architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]
        #else
            let architectures = ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]
        #endif
        return Self(architectures: architectures, syscalls: rules)
    }
}
