import FoundationEssentials
import CLinux
import Glibc

/// Runs containers through an OCI runtime.
///
/// Nothing of a container is left behind when it ends: its mounts exist only for the thread that runs it. What a process
/// that was killed left, ``sweep()`` removes.
package struct ContainerRuntime: Sendable {
    let directory: String
    let programs: Programs
    /// Where the runtime keeps its own state.
    static let stateFolder = ".runtime"

    /// The programs of others that are used, by name or path.
    package struct Programs: Hashable, Sendable {
        package var runtime = "runc"
        package var network = "slirp4netns"

        package init() {}
    }

    /// - Parameter directory: holds a directory for each container; made where it is missing. Nobody else uses it.
    package init(directory: String, programs: Programs = Programs()) throws {
        try FileManager.default.createDirectory(
            atPath: "\(directory)/\(Self.stateFolder)", withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        self.directory = directory
        self.programs = programs
    }

    /// Runs a container until its process ends.
    ///
    /// - Parameter output: is given what the process writes to its standard output and error, as it comes, by one thread.
    ///
    /// When the task is canceled everything in the container is killed, and `CancellationError` thrown. Throws
    /// ``SandboxError`` when the container cannot be run.
    package func run(
        _ container: Container, output: @escaping @Sendable ([UInt8]) -> Void
    ) async throws -> ContainerExit {
        let stop = try StopSignal()
        let exit = try await withTaskCancellationHandler {
            try await onOwnThread {
                try ContainerJob(container: container, runtime: self, stop: stop, output: output).run()
            }
        } onCancel: {
            stop.raise()
        }
        try Task.checkCancellation()
        return exit
    }

    /// Throws ``SandboxError`` when this process has no right to run containers, or the host lacks what that takes, and
    /// says what.
    package func check(_ limits: Container.Limits) throws(SandboxError) {
        if let obstacle = Self.obstacle(limits, programs) { throw obstacle }
    }

    /// What of this host keeps containers from being run, or lets them do less than they should.
    package static func shortcomings(_ limits: Container.Limits) -> [SandboxError] {
        let lesser = UserNamespace.reasonForOneID.map {
            SandboxError(.host, "there is no user but root in containers: \($0)")
        }
        return [obstacle(limits, Programs()), lesser].compactMap { $0 }
    }

    private static func obstacle(_ limits: Container.Limits, _ programs: Programs) -> SandboxError? {
        if let obstacle = UserNamespace.obstacle { return obstacle }
        guard HostPrograms.path(of: programs.runtime) != nil else {
            return SandboxError(
                .host, "there is no container runtime `\(programs.runtime)`",
                hint: "install the package `runc`, or put it on the PATH")
        }
        return unkept(limits).map {
            SandboxError(
                .host, "this process can make no control groups, and so limit no \($0)",
                hint: UserNamespace.isInside
                    ? "build as root, or leave the limits out"
                    : "mount `/sys/fs/cgroup` so that it can be written to, or leave the limits out")
        }
    }

    /// The limits that this host cannot keep to, in words; `nil` where it can.
    private static func unkept(_ limits: Container.Limits) -> String? {
        let wanted = [
            limits.memory != nil || limits.memoryAndSwap != nil ? "memory" : nil,
            limits.processors != nil || limits.processorSet != nil || limits.processorShares != nil
                ? "processors" : nil, limits.processes != nil ? "processes" : nil,
        ].compactMap { $0 }
        return wanted.isEmpty || ControlGroups.areWritable ? nil : wanted.joined(separator: ", no ")
    }

    /// Ends what processes that were killed left behind: their containers, and the directories of these. Blocks.
    package func sweep() throws {
        for name in try ContainerFolder.abandoned(in: directory) {
            delete(name)
            try FileManager.default.removeItem(atPath: "\(directory)/\(name)")
        }
    }

    func command(_ words: [String]) -> [String] {
        [programs.runtime, "--root", "\(directory)/\(Self.stateFolder)"] + words
    }

    /// Kills a container and all in it; one that is not there is no error. Blocks.
    func delete(_ name: String) {
        // Where it cannot be started the container is dead, or will be found again.
        guard let process = try? ChildProcess(command(["delete", "--force", name])) else { return }
        _ = process.finish { _ in }
    }
}

/// Asks a thread that waits to stop.
final class StopSignal: Sendable {
    /// Readable once somebody asked.
    let descriptor: Int32

    init() throws(SandboxError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC))
        guard descriptor >= 0 else { throw SandboxError("make an event", errno: errno) }
    }

    deinit { close(descriptor) }

    func raise() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    var isRaised: Bool {
        var file = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&file, 1, 0) > 0
    }
}
