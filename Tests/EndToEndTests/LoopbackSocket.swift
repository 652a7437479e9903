import Foundation
import Glibc

/// A socket that listens on loopback and never accepts: the system takes the connections, and nobody answers.
///
/// It closes, and drops them, when it goes.
final class LoopbackSocket: Sendable {
    let port: Int
    private let number: Int32

    /// - Parameter port: 0 takes any free one.
    init(port: Int = 0) throws {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw POSIXError.last }
        var isReused: Int32 = 1
        setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &isReused, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in.loopback(port: port)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(number, address, length) == 0 && listen(number, 16) == 0
                    && getsockname(number, address, &length) == 0
            }
        }
        guard isListening else {
            defer { close(number) }
            throw POSIXError.last
        }
        self.number = number
        self.port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { close(number) }

    /// Whether a connection waits to be accepted.
    var isAsked: Bool {
        var poll = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        return Glibc.poll(&poll, 1, 0) == 1
    }
}

/// A connection that says exactly the bytes it is told to, and can be cut.
final class RawConnection: Sendable {
    private let number: Int32

    /// Connects to a port of this machine.
    init(port: Int) throws {
        number = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw POSIXError.last }
        var address = sockaddr_in.loopback(port: port)
        try connect(&address, family: AF_INET)
    }

    /// Connects to a Unix socket.
    init(path: String) throws {
        number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw POSIXError.last }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        try connect(&address, family: AF_UNIX)
    }

    deinit { close(number) }

    private func connect<Address>(_ address: inout Address, family: Int32) throws {
        let length = socklen_t(MemoryLayout<Address>.size)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(number, $0, length) }
        }
        guard status == 0 else { throw POSIXError.last }
    }

    /// Sends all of it, and waits where the other side takes it slowly.
    func send(_ bytes: some Collection<UInt8>) throws {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw POSIXError.last }
            rest = rest.dropFirst(count)
        }
    }

    /// Says no more; the other side sees the end of it.
    func cut() { shutdown(number, Int32(SHUT_RDWR)) }
}

extension sockaddr_in {
    fileprivate static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }
}

extension POSIXError {
    fileprivate static var last: POSIXError { POSIXError(Code(rawValue: errno) ?? .EIO) }
}
