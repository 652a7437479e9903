import CLinux
import Glibc

/// A network namespace from which the world can be reached through `slirp4netns`, and this machine's loopback cannot.
///
/// The program ends with the pipe that this holds: with this process, however that ends.
final class PrivateNetwork {
    private let namespace: Int32
    private let alive: Int32
    private let ready: Int32
    private let pid: pid_t
    /// The address at which it answers for the host's name server.
    static let nameServer = "10.0.2.3"

    /// The namespace as a path.
    var path: String { "/proc/\(getpid())/fd/\(namespace)" }

    /// Starts it; ``wait()`` says when it is usable. The calling thread's own network stays as it is.
    ///
    /// - Parameter program: `slirp4netns`.
    init(program: String) throws(SandboxError) {
        namespace = try Self.makeNamespace()
        var ends: [Int32] = [-1, -1, -1, -1]
        let isMade = ends.withUnsafeMutableBufferPointer { ends in
            guard let start = ends.baseAddress else { return false }
            return pipe2(start, O_CLOEXEC) == 0 && pipe2(start + 2, O_CLOEXEC) == 0
        }
        guard isMade else { throw SandboxError("make a pipe", errno: errno) }
        (ready, alive) = (ends[0], ends[3])
        defer {
            close(ends[1])
            close(ends[2])
        }
        pid = try DetachedProcess.start(
            [
                program, "--configure", "--mtu=65520", "--disable-host-loopback", "--netns-type=path",
                "--ready-fd=\(ends[1])", "--exit-fd=\(ends[2])", "/proc/self/fd/\(namespace)", "tap0",
            ], inherited: [ends[1], ends[2], namespace])
    }

    deinit {
        close(alive)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        close(ready)
        close(namespace)
    }

    private static func makeNamespace() throws(SandboxError) -> Int32 {
        let own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
        guard own >= 0 else { throw SandboxError("open the network namespace", errno: errno) }
        defer { close(own) }
        guard unshare(Int32(SLIPWAY_CLONE_NEWNET)) == 0 else {
            throw SandboxError("make a network namespace", errno: errno)
        }
        let made = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
        guard setns(own, Int32(SLIPWAY_CLONE_NEWNET)) == 0, made >= 0 else {
            throw SandboxError("return from a network namespace", errno: errno)
        }
        return made
    }

    /// Waits until the network is up. Blocks.
    func wait() throws(SandboxError) {
        var byte: UInt8 = 0
        var count = read(ready, &byte, 1)
        while count < 0, errno == EINTR { count = read(ready, &byte, 1) }
        guard count == 1 else {
            throw SandboxError(
                .host, "`slirp4netns` could not make the network of a container",
                hint: "see whether `/dev/net/tun` is there, or use `--network=none` or `--network=host`")
        }
    }
}

/// A program whose words nobody wants.
enum DetachedProcess {
    static func start(_ arguments: [String], inherited: [Int32]) throws(SandboxError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (file, flags) in [(Int32(0), O_RDONLY), (1, O_WRONLY), (2, O_WRONLY)] {
            posix_spawn_file_actions_addopen(&actions, file, "/dev/null", flags, 0)
        }
        for file in inherited { posix_spawn_file_actions_adddup2(&actions, file, file) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        var pid: pid_t = 0
        var words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        let status = posix_spawnp(&pid, arguments[0], &actions, &attributes, &words, environ)
        guard status == 0 else {
            throw SandboxError(
                "start `\(arguments[0])`", errno: status,
                hint: status == ENOENT
                    ? "install the package `slirp4netns`, or use `--network=none` or `--network=host`" : nil)
        }
        return pid
    }
}
