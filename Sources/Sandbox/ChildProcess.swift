import CLinux
import Glibc

/// A program that was started, and the pipe that it writes to: output and errors in the order in which they come. All calls block.
struct ChildProcess: ~Copyable {
    let pid: pid_t
    /// Readable once the process is over.
    private let over: Int32
    private let output: Int32
    private static let pieceSize = 64 << 10

    /// Starts a program with nothing on its standard input.
    init(_ arguments: [String]) throws(SandboxError) {
        let output = try Pipe()
        defer { close(output.write) }
        let pid: pid_t
        do {
            pid = try Spawn.start(
                arguments, [.file("/dev/null"), .descriptor(output.write), .descriptor(output.write)])
        } catch {
            close(output.read)
            throw error
        }
        self.pid = pid
        self.output = output.read
        over = slipway_pidfd_open(pid)
    }

    deinit {
        for file in [over, output] where file >= 0 { close(file) }
    }

    private struct Pipe {
        let read: Int32
        let write: Int32

        init() throws(SandboxError) {
            var ends: [Int32] = [-1, -1]
            guard pipe2(&ends, O_CLOEXEC) == 0 else { throw SandboxError("make a pipe", errno: errno) }
            (read, write) = (ends[0], ends[1])
        }
    }

    /// Reads what the process writes until it is over, and returns its status, and whether it was stopped.
    ///
    /// - Parameters:
    ///   - wake: a descriptor that is readable once the process is to be stopped.
    ///   - deadline: when it is to be stopped.
    ///   - stop: ends the process; called again now and then until it is over, for there may be nothing to end yet.
    ///   - onOutput: is given what it writes, as it comes.
    consuming func finish(
        wake: Int32 = -1, deadline: ContinuousClock.Instant? = nil, stop: () -> Void = {},
        onOutput: ([UInt8]) -> Void
    ) -> (status: Int32, wasStopped: Bool) {
        var files = [output, over, wake].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var wasStopped = false
        while true {
            let wait = wasStopped ? Self.stopInterval : deadline.map { Self.milliseconds(until: $0) } ?? -1
            let count = poll(&files, nfds_t(files.count), wait)
            if count < 0, errno != EINTR { break }
            if files[0].revents != 0, !Self.pass(from: output, onOutput) { files[0].fd = -1 }
            if files[1].revents != 0 { break }
            if files[2].revents != 0 || count == 0 && wait >= 0 {
                files[2].fd = -1
                wasStopped = true
                stop()
            }
        }
        // What is still in the pipe: a process that was started by this one may keep it open for ever.
        _ = fcntl(output, F_SETFL, O_NONBLOCK)
        while Self.pass(from: output, onOutput) {}
        return (status(), wasStopped)
    }

    /// Between two attempts to stop it, in milliseconds.
    private static let stopInterval: Int32 = 200

    /// Returns whether more may come.
    private static func pass(from file: Int32, _ onOutput: ([UInt8]) -> Void) -> Bool {
        let bytes = [UInt8](unsafeUninitializedCapacity: pieceSize) { buffer, count in
            count = max(0, read(file, buffer.baseAddress, buffer.count))
        }
        if !bytes.isEmpty { onOutput(bytes) }
        return !bytes.isEmpty
    }

    private static func milliseconds(until deadline: ContinuousClock.Instant) -> Int32 {
        let left = (deadline - .now) / .milliseconds(1)
        return Int32(max(0, min(left.rounded(.up), Double(Int32.max))))
    }

    /// As a shell tells it: 128 and the number of the signal that ended it.
    private borrowing func status() -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 { guard errno == EINTR else { return 128 } }
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }
}
