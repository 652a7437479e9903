import Glibc

/// Where a daemon answers.
package enum DaemonAddress: Hashable, Sendable, CustomStringConvertible {
    case socket(path: String)
    /// `http://HOST:PORT` or `https://HOST:PORT`, without a final slash.
    case url(String)

    /// Reads `unix:///path/slipway.sock`, `http://host:port` or `https://host:port`.
    ///
    /// Throws ``CommandError`` for anything else, and for a socket's path that the system cannot take.
    package init(parsing text: String) throws(CommandError) {
        if text.hasPrefix("unix:///") {
            try self.init(socket: String(text.dropFirst("unix://".count)))
            return
        }
        let base = text.hasSuffix("/") ? text.dropLast() : text[...]
        for scheme in ["http://", "https://"] where base.hasPrefix(scheme) {
            let host = base.dropFirst(scheme.count)
            guard !host.isEmpty, !host.contains(where: { "/?# @".contains($0) }) else { break }
            self = .url(String(base))
            return
        }
        throw CommandError(
            "`\(text)` is no daemon's address",
            hint: "write `unix:///path/slipway.sock` or `http://host:port`", status: .usage)
    }

    /// The longest path that `sockaddr_un` takes (unix(7)), without its final zero.
    private static let longestSocketPath = 107

    /// Throws ``CommandError`` when the path is too long for a socket.
    package init(socket path: String) throws(CommandError) {
        guard path.utf8.count <= Self.longestSocketPath else {
            throw CommandError(
                "the socket's path `\(path)` is longer than \(Self.longestSocketPath) bytes",
                hint: "choose a data directory with a shorter path", status: .usage)
        }
        self = .socket(path: path)
    }

    package var description: String {
        switch self {
        case .socket(let path): path
        case .url(let text): text
        }
    }

    /// The URL of a path on this daemon, for async-http-client.
    func url(path: String, query: [(name: String, value: String)]) -> String {
        let base =
            switch self {
            case .socket(let path): "http+unix://\(Self.percentEncoded(path))"
            case .url(let text): text
            }
        let fields = query.map { "\(Self.percentEncoded($0.name))=\(Self.percentEncoded($0.value))" }
        return base + path + (fields.isEmpty ? "" : "?" + fields.joined(separator: "&"))
    }

    /// All but unreserved characters as `%XX` (RFC 3986, section 2.1).
    static func percentEncoded(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            let scalar = Unicode.Scalar(byte)
            if byte < 0x80,
                scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                    || "-._~".unicodeScalars.contains(scalar)
            {
                encoded.unicodeScalars.append(scalar)
            } else {
                let hex = String(byte, radix: 16, uppercase: true)
                encoded += hex.count == 1 ? "%0\(hex)" : "%\(hex)"
            }
        }
        return encoded
    }
}

extension DaemonAddress {
    /// Whether somebody listens at a socket; a URL is taken for one that answers.
    var answers: Bool {
        guard case .socket(let path) = self else { return true }
        let file = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard file >= 0 else { return false }
        defer { close(file) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                connect(file, address, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }
}
