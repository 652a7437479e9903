import CLibgit2
import Glibc

/// The sockets under libgit2's HTTP, HTTPS and `git://` connections.
///
/// libgit2's own wait for a server without end, and nothing can end that from outside. These look at the
/// pulse of the call that they serve twice a second, and bytes that come are a sign of life.
enum SocketStream {
    private typealias Socket = UnsafeMutablePointer<slipway_git_socket>

    /// Has libgit2 make all its connections from here; returns its status.
    static func register() -> Int32 {
        var registration = git_stream_registration()
        registration.version = GIT_STREAM_VERSION
        registration.`init` = { out, host, port in SocketStream.make(out, host, port) }
        return git_stream_register(GIT_STREAM_STANDARD, &registration)
    }

    private static func make(
        _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_stream>?>?, _ host: UnsafePointer<CChar>?,
        _ port: UnsafePointer<CChar>?
    ) -> Int32 {
        guard let out, let host, let port else { return fail("a connection needs a host and a port") }
        var stream = git_stream()
        stream.version = GIT_STREAM_VERSION
        stream.connect = { SocketStream.connect(SocketStream.owner(of: $0)) }
        stream.read = { SocketStream.read(SocketStream.owner(of: $0), $1, $2) }
        stream.write = { stream, bytes, count, _ in
            SocketStream.write(SocketStream.owner(of: stream), bytes, count)
        }
        stream.close = { SocketStream.close(SocketStream.owner(of: $0)) }
        stream.free = { SocketStream.free(SocketStream.owner(of: $0)) }
        let socket = Socket.allocate(capacity: 1)
        socket.initialize(
            to: slipway_git_socket(stream: stream, descriptor: -1, host: strdup(host), port: strdup(port)))
        out.pointee = UnsafeMutableRawPointer(socket).assumingMemoryBound(to: git_stream.self)
        return 0
    }

    private static func owner(of stream: UnsafeMutablePointer<git_stream>?) -> Socket {
        guard let stream else { preconditionFailure("libgit2 gives each function the stream that it has") }
        return UnsafeMutableRawPointer(stream).assumingMemoryBound(to: slipway_git_socket.self)
    }

    /// Tries the host's addresses one after the other.
    private static func connect(_ socket: Socket) -> Int32 {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var addresses: UnsafeMutablePointer<addrinfo>?
        let name = String(cString: socket.pointee.host)
        let status = getaddrinfo(socket.pointee.host, socket.pointee.port, &hints, &addresses)
        guard status == 0 else {
            return fail("failed to find the address of \(name): \(String(cString: gai_strerror(status)))")
        }
        defer { freeaddrinfo(addresses) }
        var why = "it has no address"
        var next = addresses
        while let address = next {
            if Pulse.current?.isStopped == true { return fail("the call was given up") }
            switch connect(to: address.pointee) {
            case .success(let descriptor):
                socket.pointee.descriptor = descriptor
                return 0
            case .failure(let error): why = String(cString: strerror(error.number))
            }
            next = address.pointee.ai_next
        }
        return fail("failed to connect to \(name): \(why)")
    }

    private struct SystemError: Error { var number: Int32 }

    private static func connect(to address: addrinfo) -> Result<Int32, SystemError> {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = Glibc.socket(address.ai_family, type, address.ai_protocol)
        guard descriptor >= 0 else { return .failure(SystemError(number: errno)) }
        var number: Int32 = 0
        if Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) != 0 {
            number = errno
            if number == EINPROGRESS {
                var length = socklen_t(MemoryLayout<Int32>.size)
                let isReady = wait(for: POLLOUT, on: descriptor)
                if !isReady || getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &length) != 0 {
                    number = ETIMEDOUT
                }
            }
        }
        if number == 0 { return .success(descriptor) }
        Glibc.close(descriptor)
        return .failure(SystemError(number: number))
    }

    private static func read(_ socket: Socket, _ buffer: UnsafeMutableRawPointer?, _ size: Int) -> Int {
        repeatedly(POLLIN, socket) {
            let count = recv(socket.pointee.descriptor, buffer, size, 0)
            if count > 0 { _ = Pulse.current?.beat() }
            return count
        }
    }

    private static func write(_ socket: Socket, _ bytes: UnsafePointer<CChar>?, _ count: Int) -> Int {
        repeatedly(POLLOUT, socket) {
            send(socket.pointee.descriptor, bytes, count, Int32(MSG_NOSIGNAL))
        }
    }

    /// Calls until the call need not wait any longer.
    private static func repeatedly(_ event: Int32, _ socket: Socket, _ call: () -> Int) -> Int {
        while true {
            let count = call()
            if count >= 0 { return count }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                guard wait(for: event, on: socket.pointee.descriptor) else {
                    return Int(fail("the call was given up"))
                }
            case let number: return Int(fail("the connection broke: \(String(cString: strerror(number)))"))
            }
        }
    }

    /// Returns false when nobody waits for the call any longer.
    private static func wait(for event: Int32, on descriptor: Int32) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        while true {
            if Pulse.current?.isStopped == true { return false }
            if poll(&request, 1, 500) > 0 { return true }
        }
    }

    private static func close(_ socket: Socket) -> Int32 {
        guard socket.pointee.descriptor >= 0 else { return 0 }
        Glibc.close(socket.pointee.descriptor)
        socket.pointee.descriptor = -1
        return 0
    }

    private static func free(_ socket: Socket) {
        _ = close(socket)
        Glibc.free(socket.pointee.host)
        Glibc.free(socket.pointee.port)
        socket.deallocate()
    }

    private static func fail(_ message: String) -> Int32 {
        git_error_set_str(Int32(GIT_ERROR_NET.rawValue), message)
        return -1
    }
}
