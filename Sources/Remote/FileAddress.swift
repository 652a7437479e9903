import Foundation

/// Where a file is: an address, and who may fetch it there.
struct FileAddress: Sendable {
    var address: Address
    /// The `Authorization` that the URL's user and password make; only their own host sees it.
    let authorization: String?
    /// The URL without user and password.
    let description: String

    /// Reads an `http` or `https` URL; what a URL may not hold as it is, it holds percent-encoded.
    ///
    /// Throws ``DownloadError``.
    init(_ text: String) throws(DownloadError) {
        let shown = Self.withoutCredentials(text)
        guard let address = Address(text.printable) else {
            throw DownloadError(
                .malformed, shown, message: "it is no URL", hint: "write it as `https://HOST/PATH`")
        }
        self.address = address
        description = shown
        authorization = Self.userAndPassword(text).map { userAndPassword in
            let decoded = userAndPassword.removingPercentEncoding ?? userAndPassword
            let full = decoded.contains(":") ? decoded : decoded + ":"
            return "Basic " + Data(full.utf8).base64EncodedString()
        }
    }

    private static func userAndPassword(_ text: String) -> String? {
        let authority = authority(of: text)
        return authority.lastIndex(of: "@").map { String(authority[..<$0]) }
    }

    private static func withoutCredentials(_ text: String) -> String {
        let authority = authority(of: text)
        guard let at = authority.lastIndex(of: "@") else { return text }
        return String(text[..<authority.startIndex] + text[text.index(after: at)...])
    }

    private static func authority(of text: String) -> Substring {
        guard let start = text.firstRange(of: "://")?.upperBound else { return text[text.endIndex...] }
        return text[start...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    }

    /// Where an answer's `Location` leads; `nil` where it leads nowhere.
    static func target(of location: String, from address: Address) -> Address? {
        // Unlike a registry, a server of files may send from HTTP to HTTPS on the same host.
        Address(location.printable) ?? address.resolving(location.printable)
    }
}

extension String {
    /// The text with spaces and all that is not ASCII percent-encoded.
    fileprivate var printable: String {
        let isPlain = utf8.allSatisfy { (0x21...0x7E).contains($0) }
        if isPlain { return self }
        return utf8.map { byte in
            (0x21...0x7E).contains(byte)
                ? String(Unicode.Scalar(byte))
                : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
