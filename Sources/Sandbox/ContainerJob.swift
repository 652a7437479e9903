import FoundationEssentials
import Glibc

/// One container from its mounts to its end, on a thread of its own. All calls block.
struct ContainerJob: Sendable {
    let container: Container
    let runtime: ContainerRuntime
    let stop: StopSignal
    let output: @Sendable ([UInt8]) -> Void

    func run() throws -> ContainerExit {
        if stop.isRaised { throw CancellationError() }
        for group in [container.user.gid] + container.user.groups {
            if let objection = UserNamespace.objection(toUser: container.user.uid, group: group) {
                throw objection
            }
        }
        let folder = try ContainerFolder(container.name, in: runtime.directory)
        defer {
            for place in folder.mountPoints { PrivateMounts.unmount(place) }
            // What cannot be removed now is found by the next sweep.
            try? folder.remove()
        }
        // It takes the longest, and needs nothing of the rest.
        let network =
            container.network == .private ? try PrivateNetwork(program: runtime.programs.network) : nil
        try PrivateMounts.enter()
        // The bundle's file and the container's own are never on a disk: a secret may be among them.
        try PrivateMounts.mountMemory(at: folder.bundle)
        try PrivateMounts.mountOverlay(
            overlay(container.layers, container.upper, container.work, folder), at: "\(folder.path)/rootfs")
        let mounts = try self.mounts(folder)
        let stubs = MountStubs(mounts.map(\.destination), in: "\(folder.path)/rootfs")
        var spec = RuntimeSpec(
            container, mounts: mounts, networkPath: network?.path, cgroup: ControlGroups.path(container.name))
        spec.root.path = "\(folder.path)/rootfs"
        try HostFiles.write(
            Array(try JSONEncoder().encode(spec)), to: "\(folder.bundle)/config.json", mode: 0o600)
        try network?.wait()
        let exit = try execute(folder)
        withExtendedLifetime(network) {}
        stubs.remove(from: container.upper)
        return exit
    }

    private func overlay(
        _ layers: [String], _ upper: String?, _ work: String?, _ folder: ContainerFolder
    ) -> PrivateMounts.Overlay {
        PrivateMounts.Overlay(
            directory: container.layersDirectory, layers: layers, upper: upper, work: work,
            empty: "\(folder.path)/empty")
    }

    private func execute(_ folder: ContainerFolder) throws -> ContainerExit {
        let log = "\(folder.path)/log"
        let process = try ChildProcess(
            runtime.command([
                "--log", log, "--log-format", "json", "run", "--bundle", folder.bundle, container.name,
            ]))
        let deadline = container.limits.time.map { ContinuousClock.now + $0 }
        let (status, wasStopped) = process.finish(
            wake: stop.descriptor, deadline: deadline, stop: { runtime.delete(container.name) },
            onOutput: output)
        if stop.isRaised { throw CancellationError() }
        if wasStopped { return .timedOut }
        if status != 0, let error = RuntimeLog.error(in: log) { throw error.sandboxError(of: container) }
        return .exited(status)
    }

    // MARK: Mounts

    private func mounts(_ folder: ContainerFolder) throws -> [RuntimeSpec.Mount] {
        var mounts = try hostFiles(folder)
        for (number, mount) in container.mounts.enumerated() {
            mounts.append(try self.mount(mount, number, folder))
        }
        return mounts
    }

    private func hostFiles(_ folder: ContainerFolder) throws -> [RuntimeSpec.Mount] {
        let files = [
            ("resolv.conf", HostFiles.resolver(of: container)), ("hosts", HostFiles.hosts(of: container)),
            ("hostname", container.hostname + "\n"),
        ]
        return try files.map { name, text in
            try HostFiles.write(Array(text.utf8), to: "\(folder.path)/\(name)")
            return bind("\(folder.path)/\(name)", at: "/etc/\(name)", isReadOnly: true)
        }
    }

    private func mount(
        _ mount: ContainerMount, _ number: Int, _ folder: ContainerFolder
    ) throws -> RuntimeSpec.Mount {
        switch mount.source {
        case .bind(let path): return bind(path, at: mount.target, isReadOnly: mount.isReadOnly)
        case .temporary(let size, let mode):
            return RuntimeSpec.Mount(
                destination: mount.target, type: "tmpfs", source: "tmpfs",
                options: ["nosuid", "mode=\(String(mode, radix: 8))"] + (size.map { ["size=\($0)"] } ?? []))
        case .file(let bytes, let mode, let uid, let gid):
            let path = "\(folder.bundle)/\(number)"
            try HostFiles.write(bytes, to: path, mode: mode)
            if let objection = UserNamespace.objection(toUser: uid, group: gid) { throw objection }
            guard chown(path, uid_t(uid), gid_t(gid)) == 0 else {
                throw SandboxError("give a secret to its user", errno: errno)
            }
            return bind(path, at: mount.target, isReadOnly: mount.isReadOnly)
        case .layers(let layers, let path, let upper, let work):
            let whole = try folder.makeDirectory("mount-\(number)")
            try PrivateMounts.mountOverlay(overlay(layers, upper, work, folder), at: whole)
            return bind(
                path.isEmpty ? whole : "\(whole)/\(path)", at: mount.target, isReadOnly: mount.isReadOnly)
        }
    }

    private func bind(_ path: String, at target: String, isReadOnly: Bool) -> RuntimeSpec.Mount {
        RuntimeSpec.Mount(
            destination: target, type: "bind", source: path,
            options: ["rbind", "rprivate", isReadOnly ? "ro" : "rw"])
    }
}
