extension Substring {
    /// The lines without their endings; a last empty one is left out.
    var lines: [Substring] {
        var lines = utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            Substring(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
        }
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    /// Without the spaces, tabs and line endings around it.
    var trimmed: Substring {
        let rest = utf8.drop(while: \.isBlank)
        guard let last = rest.lastIndex(where: { !$0.isBlank }) else { return "" }
        return Substring(rest[...last])
    }

    /// The words between spaces and tabs.
    var words: [Substring] { utf8.split(whereSeparator: \.isBlank).map { Substring($0) } }

    /// What stands before and behind the first such byte, an ASCII character; `nil` where there is none.
    func split(at byte: UInt8) -> (Substring, Substring)? {
        guard let index = utf8.firstIndex(of: byte) else { return nil }
        return (self[..<index], self[utf8.index(after: index)...])
    }

    /// What stands before and behind the last such byte, an ASCII character; `nil` where there is none.
    func split(atLast byte: UInt8) -> (Substring, Substring)? {
        guard let index = utf8.lastIndex(of: byte) else { return nil }
        return (self[..<index], self[utf8.index(after: index)...])
    }

    /// How many spaces it begins with.
    var indentation: Int { utf8.prefix { $0 == UInt8(ascii: " ") }.count }

    /// The text in the quotes that it begins with, `"` or `'`; `nil` where there are none, or they are not closed.
    ///
    /// No name or version has a quote or an escape in it, so that none is looked for.
    var quoted: Substring? {
        guard let quote = utf8.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
            return nil
        }
        return Substring(utf8.dropFirst()).split(at: quote)?.0
    }

    /// The text without quotes, where it has them.
    var unquoted: Substring { quoted ?? self }

    /// Everything behind a word that it begins with; `nil` where it begins with another.
    func dropping(prefix: String) -> Substring? {
        utf8.starts(with: prefix.utf8) ? Substring(utf8.dropFirst(prefix.utf8.count)) : nil
    }

    /// Its control characters made spaces.
    var oneLine: String {
        String(decoding: utf8.map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
    }
}

extension UInt8 {
    /// Space, tab, line feed, carriage return and their like.
    var isBlank: Bool { self == 32 || (9...13).contains(self) }

    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    var isLetterOrDigit: Bool {
        let lowercase = self | 0x20
        return isDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lowercase)
    }
}
