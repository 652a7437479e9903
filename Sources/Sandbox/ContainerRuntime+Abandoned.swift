import CLinux
import FoundationEssentials
import Glibc

extension ContainerRuntime {
    /// Kills what killed processes of this user left running in user namespaces of theirs.
    ///
    /// To be called outside of them, before ``UserNamespace/enter(_:)``: in a namespace of its own this process has no
    /// rights over another's. What is left of the containers is for ``sweep()``. Blocks until the processes are gone.
    ///
    /// - Parameter directory: the state's, as in ``init(directory:programs:)``; it may be missing.
    package static func killAbandoned(in directory: String) {
        guard geteuid() != 0 else { return }
        // What cannot be read or killed is told by the sweep.
        for name in (try? ContainerFolder.abandoned(in: directory)) ?? [] {
            let file = URL(filePath: "\(directory)/\(stateFolder)/\(name)/state.json")
            guard let data = try? Data(contentsOf: file),
                let state = try? JSONDecoder().decode(RuntimeState.self, from: data)
            else { continue }
            state.kill()
        }
    }
}

/// What `runc` notes of a container's first process; all others of it end with that one.
struct RuntimeState: Decodable {
    var pid: Int32
    /// When it was started, in the kernel's ticks: another process may have the number by now.
    var start: UInt64
    private static let patience: Int32 = 10_000

    enum CodingKeys: String, CodingKey {
        case pid = "init_process_pid"
        case start = "init_process_start"
    }

    func kill() {
        let process = slipway_pidfd_open(pid)
        guard process >= 0 else { return }
        defer { close(process) }
        guard Self.start(of: pid) == start, Glibc.kill(pid, SIGKILL) == 0 else { return }
        var end = pollfd(fd: process, events: Int16(POLLIN), revents: 0)
        while poll(&end, 1, Self.patience) < 0, errno == EINTR {}
    }

    /// The 22nd field (proc_pid_stat(5)); the name before it may hold anything but its closing parenthesis last.
    static func start(of pid: Int32) -> UInt64? {
        guard let text = HostFiles.contents("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else {
            return nil
        }
        let fields = text[end...].split(separator: " ")
        return fields.count > 20 ? UInt64(fields[20]) : nil
    }
}
