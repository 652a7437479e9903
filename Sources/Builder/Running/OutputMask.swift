/// Hides secrets in what a container says, a line at a time.
///
/// A secret that a program prints is replaced before anybody sees or stores the line. Secrets of less than
/// ``shortestSecret`` bytes are not looked for: they would hide ordinary text.
struct OutputMask {
    private let secrets: [[UInt8]]
    private var line: [UInt8] = []
    static let shortestSecret = 4
    private static let replacement = Array("***".utf8)
    /// A line that never ends is passed on in pieces of this size; a secret in it is found unless it is cut by one.
    private static let longestLine = 64 << 10

    init(_ secrets: [[UInt8]]) {
        // A secret of several lines never stands in one; each of its lines is as secret as all of it.
        let lines = secrets.flatMap { $0.split(separator: UInt8(ascii: "\n")).map(Array.init) }
        self.secrets = Set(lines.filter { $0.count >= Self.shortestSecret }).sorted { $0.count > $1.count }
    }

    /// What may be passed on now.
    mutating func append(_ bytes: [UInt8]) -> [UInt8] {
        guard !secrets.isEmpty else { return bytes }
        line += bytes
        guard let end = line.lastIndex(of: UInt8(ascii: "\n")) else {
            return line.count < Self.longestLine ? [] : finish()
        }
        let whole = Array(line[...end])
        line.removeSubrange(...end)
        return masked(whole)
    }

    /// The rest of a line that does not end.
    mutating func finish() -> [UInt8] {
        defer { line = [] }
        return masked(line)
    }

    private func masked(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var place = 0
        while place < bytes.count {
            let rest = bytes[place...]
            if let secret = secrets.first(where: { $0[0] == bytes[place] && rest.starts(with: $0) }) {
                result += Self.replacement
                place += secret.count
            } else {
                result.append(bytes[place])
                place += 1
            }
        }
        return result
    }
}
