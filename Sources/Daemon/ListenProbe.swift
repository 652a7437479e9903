import Glibc

/// Finds out whether the daemon can listen where it is to, before anything starts.
enum ListenProbe {
    /// The address with its port, where any free one was wanted.
    ///
    /// Throws ``ListenError`` when nothing can listen there.
    static func resolve(_ address: DaemonConfiguration.Address) throws(ListenError)
        -> DaemonConfiguration.Address
    {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var found: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(address.host, "\(address.port)", &hints, &found)
        guard status == 0, let info = found else {
            throw ListenError(address: address, reason: String(cString: gai_strerror(status)))
        }
        defer { freeaddrinfo(info) }
        let socket = socket(info.pointee.ai_family, info.pointee.ai_socktype, 0)
        guard socket >= 0 else { throw ListenError(address: address, errno) }
        defer { close(socket) }
        var isReused: Int32 = 1
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &isReused, socklen_t(MemoryLayout<Int32>.size))
        guard bind(socket, info.pointee.ai_addr, info.pointee.ai_addrlen) == 0, listen(socket, 1) == 0 else {
            throw ListenError(address: address, errno)
        }
        var resolved = address
        resolved.port = try port(of: socket, address)
        return resolved
    }

    private static func port(of socket: Int32, _ address: DaemonConfiguration.Address) throws(ListenError)
        -> Int
    {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let status = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &length) }
        }
        guard status == 0 else { throw ListenError(address: address, errno) }
        // The port stands at the same place, in network order, for both versions of IP.
        return withUnsafeBytes(of: &storage) { Int($0[2]) << 8 | Int($0[3]) }
    }

    /// Removes the socket that a daemon left which was killed; the data directory's lock says that none runs.
    static func removeSocket(_ path: String) throws(DataDirectoryError) {
        guard unlink(path) == 0 || errno == ENOENT else {
            throw .unusable(path: path, reason: String(cString: strerror(errno)))
        }
    }
}

/// Why the daemon cannot listen.
package struct ListenError: Error, Hashable, CustomStringConvertible {
    package let address: DaemonConfiguration.Address
    package let reason: String

    init(address: DaemonConfiguration.Address, reason: String) {
        self.address = address
        self.reason = reason
    }

    init(address: DaemonConfiguration.Address, _ code: Int32) {
        self.init(address: address, reason: String(cString: strerror(code)))
    }

    package var description: String { "could not listen at \(address): \(reason)" }
}
