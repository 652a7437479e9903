/// Scheme, host and port of a URL: who is spoken to, and who may see an authorization (RFC 6454).
struct Origin: Hashable, Sendable, CustomStringConvertible {
    let scheme: String
    /// Host and port, without the scheme's default port.
    let authority: String

    init(scheme: String, authority: some StringProtocol) {
        self.scheme = scheme
        var authority = authority.lowercased()
        let defaultPort = scheme == "https" ? ":443" : ":80"
        if authority.hasSuffix(defaultPort) { authority.removeLast(defaultPort.count) }
        self.authority = authority
    }

    var isSecure: Bool { scheme == "https" }
    var description: String { "\(scheme)://\(authority)" }
}

/// A URL as registries use them: an origin, and the path and query as they stand in the request.
///
/// Upload locations and signed download URLs are given back byte for byte; a general URL type may normalise them.
struct Address: Hashable, Sendable, CustomStringConvertible {
    var origin: Origin
    /// Starts with `/`.
    var target: String

    init(origin: Origin, target: String) {
        self.origin = origin
        self.target = target
    }

    /// Reads an absolute `http` or `https` URL; `nil` where the text is none.
    init?(_ text: some StringProtocol) {
        let text = Substring(text)
        guard let separator = text.firstRange(of: "://") else { return nil }
        let scheme = text[..<separator.lowerBound].lowercased()
        let rest = text[separator.upperBound...].prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let target = rest[authority.endIndex...]
        guard scheme == "http" || scheme == "https", !authority.isEmpty, Self.isPrintable(rest) else {
            return nil
        }
        // A name and password in a URL are for nobody here to send.
        let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        guard !host.isEmpty else { return nil }
        origin = Origin(scheme: scheme, authority: host)
        self.target = target.hasPrefix("/") ? String(target) : "/" + target
    }

    private static func isPrintable(_ text: Substring) -> Bool {
        text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// Reads a `Location` or `Link` of an answer from this address (RFC 3986, section 5.2, without `..`).
    func resolving(_ text: some StringProtocol) -> Address? {
        if var absolute = Address(text) {
            // A registry behind a proxy that ends TLS may not know that it is reached by HTTPS.
            if absolute.origin.authority == origin.authority { absolute.origin = origin }
            return absolute
        }
        let text = String(text)
        if text.isEmpty || text.contains("://") || !Self.isPrintable(text[...]) { return nil }
        if text.hasPrefix("//") { return Address("\(origin.scheme):\(text)") }
        if text.hasPrefix("/") { return Address(origin: origin, target: text) }
        let path = target.prefix { $0 != "?" }
        if text.hasPrefix("?") { return Address(origin: origin, target: path + text) }
        let folder = path[...(path.lastIndex(of: "/") ?? path.startIndex)]
        return Address(origin: origin, target: folder + text)
    }

    /// The address with a parameter more; `value` is encoded.
    func adding(_ name: String, _ value: String) -> Address {
        let separator = target.contains("?") ? "&" : "?"
        return Address(origin: origin, target: target + separator + name + "=" + value.queryEncoded)
    }

    var description: String { "\(origin)\(target)" }
}

extension String {
    /// The text with all but unreserved characters and `:`, `/` and `,` percent-encoded (RFC 3986, section 3.4).
    var queryEncoded: String {
        let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/,".utf8)
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in utf8 {
            if plain.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
