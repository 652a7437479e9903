import CLinux
import Dispatch
import Foundation
import Glibc
import Synchronization

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

    /// Starts it; ``wait()`` says when it is usable. Blocks.
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
        let null = Spawn.Descriptor.file("/dev/null")
        do {
            pid = try Spawn.start(
                [
                    program, "--configure", "--mtu=65520", "--disable-host-loopback", "--netns-type=path",
                    "--ready-fd=3", "--exit-fd=4", "/proc/self/fd/5", "eth0",
                ],
                [null, null, null, .descriptor(ends[1]), .descriptor(ends[2]), .descriptor(namespace)])
        } catch {
            throw SandboxError(
                .host, error.message,
                hint: "install the package `slirp4netns`, or use `--network=none` or `--network=host`")
        }
    }

    deinit {
        close(alive)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        close(ready)
        close(namespace)
    }

    /// A thread that is in another namespace may not be let out of it again by the kernel: it is one that ends.
    private static func makeNamespace() throws(SandboxError) -> Int32 {
        let made = Made()
        let done = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            let isMade = unshare(Int32(SLIPWAY_CLONE_NEWNET)) == 0
            let file = isMade ? open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC) : -1
            let code = errno
            made.result.withLock { $0 = (file, code) }
            done.signal()
        }
        done.wait()
        let (file, code) = made.result.withLock { $0 }
        guard file >= 0 else { throw SandboxError("make a network namespace", errno: code) }
        return file
    }

    private final class Made: Sendable {
        let result = Mutex<(file: Int32, code: Int32)>((-1, 0))
    }

    /// Waits until the network is up. Blocks.
    func wait() throws(SandboxError) {
        var byte: UInt8 = 0
        var count = read(ready, &byte, 1)
        while count < 0, errno == EINTR { count = read(ready, &byte, 1) }
        guard count == 1 else { throw Self.failure }
    }

    private static var failure: SandboxError {
        let device = "/dev/net/tun"
        let others = "use `--network=none` or `--network=host`"
        guard access(device, R_OK | W_OK) != 0 else {
            return SandboxError(
                .host, "`slirp4netns` could not make the network of a container", hint: others)
        }
        let remedy = errno == ENOENT ? "modprobe tun" : "chmod 666 \(device)"
        return SandboxError(
            "open `\(device)` for the network of a container", errno: errno,
            hint: "as root: `\(remedy)`; or \(others)")
    }
}
