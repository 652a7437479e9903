import Glibc

/// An open file that text is written to: standard output or standard error.
package struct OutputFile: Hashable, Sendable {
    package let descriptor: Int32

    package static let standardOutput = OutputFile(descriptor: STDOUT_FILENO)
    package static let standardError = OutputFile(descriptor: STDERR_FILENO)

    package init(descriptor: Int32) { self.descriptor = descriptor }

    /// Writes all the bytes; waits while the reader is slow.
    ///
    /// Throws ``OutputError``; the process must ignore `SIGPIPE` for ``OutputError/closed`` to be thrown.
    package func write(_ bytes: [UInt8]) throws(OutputError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN: awaitRoom()
            case EPIPE: throw .closed
            default: throw .failed(String(cString: strerror(errno)))
            }
        }
    }

    /// Somebody who shares the file made it non-blocking.
    private func awaitRoom() {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&request, 1, -1)
    }
}

/// Why output was not written.
package enum OutputError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reader of the pipe has gone; it wants no more, and no complaint.
    case closed
    case failed(String)

    package var description: String {
        switch self {
        case .closed: "the reader of the output has gone"
        case .failed(let message): "could not write the output: \(message)"
        }
    }
}
