/// A port that `EXPOSE` documents.
package struct ExposedPort: Hashable, Sendable, CustomStringConvertible {
    package var number: UInt16
    /// `tcp`, `udp` or `sctp`.
    package var transport: String

    /// `PORT/TRANSPORT`, as in an image's configuration.
    package var description: String { "\(number)/\(transport)" }

    /// The ports of an expanded word: `80`, `53/udp`, `8000-8010/tcp`, and Docker's `[IP:][HOST:]PORT`.
    package static func ports(in word: Word) throws(DockerfileError) -> [ExposedPort] {
        var text = word.text[...]
        if let colon = text.lastIndex(of: ":") {
            try checkHost(text[..<colon], word)
            text = text[text.index(after: colon)...]
        }
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let transport = parts.count == 2 && !parts[1].isEmpty ? parts[1].lowercased() : "tcp"
        guard ["tcp", "udp", "sctp"].contains(transport) else {
            throw word.error(
                "`\(word.text.excerpt)` is no port: expected `tcp`, `udp` or `sctp` after the `/`")
        }
        guard let range = range(parts[0]) else {
            throw word.error(
                "`\(word.text.excerpt)` is no port: expected a number from 0 to 65535, or two with a `-`")
        }
        return range.map { ExposedPort(number: $0, transport: transport) }
    }

    private static func range(_ text: Substring) -> ClosedRange<UInt16>? {
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = ends.first.flatMap(port), let last = ends.last.flatMap(port), first <= last else {
            return nil
        }
        return first...last
    }

    private static func port(_ text: Substring) -> UInt16? {
        text.utf8.allSatisfy { (48...57).contains($0) } ? UInt16(text) : nil
    }

    /// What stands before the container's port says nothing to an image, and still has to be right.
    private static func checkHost(_ text: Substring, _ word: Word) throws(DockerfileError) {
        let port = text.split(separator: ":", omittingEmptySubsequences: false).last ?? ""
        if !port.isEmpty, range(port) == nil {
            throw word.error(
                "`\(word.text.excerpt)` is no port: `\(String(port).excerpt)` should be a host's port")
        }
    }
}
