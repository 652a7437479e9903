package import AsyncHTTPClient

/// Which HTTP client speaks to which host: directly, or through the proxy that the environment names.
///
/// `http_proxy`, `https_proxy` and `no_proxy` are read as curl reads them, in lower or upper case. This machine itself
/// is always spoken to directly. A proxy is asked to open a tunnel (`CONNECT`), for plain HTTP too.
package struct HTTPRoutes: Sendable {
    private let direct: HTTPClient
    private let proxied: [String: HTTPClient]
    private let exceptions: [ProxyException]

    /// - Parameters:
    ///   - direct: has the configuration ``AsyncHTTPClient/HTTPClient/Configuration/registries``; it stays the caller's.
    ///   - environment: of the process.
    ///
    /// Throws ``DownloadError`` where a variable names no proxy.
    package init(direct: HTTPClient, environment: [String: String] = [:]) throws(DownloadError) {
        self.direct = direct
        let value = { (name: String) -> String? in
            let value = environment[name] ?? environment[name.uppercased()] ?? ""
            return value.isEmpty ? nil : value
        }
        exceptions = (value("no_proxy") ?? "").split { $0 == "," || $0 == " " }.map { ProxyException($0) }
        var proxies: [String: HTTPClient.Configuration.Proxy] = [:]
        for scheme in ["http", "https"] {
            guard let text = value("\(scheme)_proxy") ?? value("all_proxy") else { continue }
            proxies[scheme] = try Self.proxy(text)
        }
        // Nothing may throw any more once there are clients, which have to be shut down.
        proxied = proxies.mapValues { proxy in
            var configuration = HTTPClient.Configuration.registries
            configuration.proxy = proxy
            return HTTPClient(eventLoopGroup: direct.eventLoopGroup, configuration: configuration)
        }
    }

    /// Ends the clients of the proxies.
    package func shutdown() async throws {
        for client in proxied.values { try await client.shutdown() }
    }

    func client(for origin: Origin) -> HTTPClient {
        guard let client = proxied[origin.scheme] else { return direct }
        let isDirect = ProxyException.isThisMachine(origin) || exceptions.contains { $0.covers(origin) }
        return isDirect ? direct : client
    }

    private static func proxy(_ text: String) throws(DownloadError) -> HTTPClient.Configuration.Proxy {
        let address = try FileAddress(text.contains("://") ? text : "http://" + text)
        let (host, port) = address.address.origin.hostAndPort
        guard address.address.origin.scheme == "http", let port else {
            throw DownloadError(
                .malformed, address.description, message: "it names no proxy",
                hint: "set `http_proxy` and `https_proxy` to `http://HOST:PORT`")
        }
        guard let authorization = address.authorization?.dropFirst("Basic ".count) else {
            return .server(host: host, port: port)
        }
        return .server(
            host: host, port: port, authorization: .basic(credentials: String(authorization)))
    }
}

/// A host, or all below a domain, that no proxy is asked for.
private struct ProxyException: Hashable, Sendable {
    let name: String
    let port: Int?

    init(_ text: Substring) {
        let (host, port) = Origin(scheme: "none", authority: text).hostAndPort
        name =
            host.hasPrefix("*.")
            ? String(host.dropFirst(2)) : host.hasPrefix(".") ? String(host.dropFirst()) : host
        self.port = text.contains(":") ? port : nil
    }

    func covers(_ origin: Origin) -> Bool {
        let (host, port) = origin.hostAndPort
        if let wanted = self.port, wanted != port { return false }
        return name == "*" || host == name || host.hasSuffix("." + name)
    }

    static func isThisMachine(_ origin: Origin) -> Bool {
        let host = origin.hostAndPort.host
        return host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}

extension Origin {
    /// The host without brackets, and the port that is meant.
    fileprivate var hostAndPort: (host: String, port: Int?) {
        let standard = ["http": 80, "https": 443][scheme]
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            let port = authority[authority.index(after: end)...].dropFirst()
            return (String(authority[..<end].dropFirst()), Int(port) ?? standard)
        }
        guard let colon = authority.lastIndex(of: ":") else { return (authority, standard) }
        return (String(authority[..<colon]), Int(authority[authority.index(after: colon)...]) ?? standard)
    }
}
