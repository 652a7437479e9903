/// What the arguments of an instruction are when they are looked at as JSON.
enum JSONStrings {
    case strings([Word])
    /// A JSON array with an element that is no string.
    case notAString(LineSlice)
    /// Anything else; most instructions take it for plain text.
    case notJSON
}

extension LineSlice {
    /// Reads a JSON array of strings (RFC 8259).
    var jsonStrings: JSONStrings {
        guard scalars.first(where: { !$0.isSpace }) == "[" else { return .notJSON }
        var reader = JSONArrayReader(self)
        return reader.read()
    }
}

/// Reads JSON with the places of its strings.
private struct JSONArrayReader {
    private let slice: LineSlice
    private var index: Int
    private let end: Int

    /// What is not JSON; the reader needs no more detail.
    private struct Malformed: Error {}

    init(_ slice: LineSlice) {
        self.slice = slice
        index = slice.bounds.lowerBound
        end = slice.bounds.upperBound
    }

    private var next: Unicode.Scalar? { index < end ? slice.line.scalars[index] : nil }

    mutating func read() -> JSONStrings {
        do {
            while next?.isSpace == true { index += 1 }
            var words: [Word] = []
            var wrong: LineSlice?
            try elements(closedBy: "]") { reader throws(Malformed) in
                let start = reader.index
                if let text = try reader.value(depth: 0) {
                    words.append(reader.slice.word(text, start..<reader.index))
                } else {
                    wrong = wrong ?? reader.slice.slice(start..<reader.index)
                }
            }
            skipSpace()
            guard next == nil else { return .notJSON }
            return wrong.map(JSONStrings.notAString) ?? .strings(words)
        } catch {
            return .notJSON
        }
    }

    private mutating func skipSpace() {
        while let scalar = next, [" ", "\t", "\n", "\r"].contains(scalar) { index += 1 }
    }

    private mutating func expect(_ wanted: Unicode.Scalar) throws(Malformed) {
        guard next == wanted else { throw Malformed() }
        index += 1
    }

    /// Reads from an opening bracket to the closing one, with a comma between any two elements.
    private mutating func elements(
        closedBy close: Unicode.Scalar, _ element: (inout Self) throws(Malformed) -> Void
    ) throws(Malformed) {
        index += 1
        skipSpace()
        if next == close {
            index += 1
            return
        }
        while true {
            try element(&self)
            skipSpace()
            if next == close { break }
            try expect(",")
            skipSpace()
        }
        index += 1
    }

    /// Reads one value; returns its text when it is a string.
    private mutating func value(depth: Int) throws(Malformed) -> [Unicode.Scalar]? {
        guard depth < 100 else { throw Malformed() }
        switch next {
        case "\"": return try string()
        case "[":
            try elements(closedBy: "]") { reader throws(Malformed) in _ = try reader.value(depth: depth + 1) }
        case "{":
            try elements(closedBy: "}") { reader throws(Malformed) in
                guard reader.next == "\"" else { throw Malformed() }
                _ = try reader.string()
                reader.skipSpace()
                try reader.expect(":")
                reader.skipSpace()
                _ = try reader.value(depth: depth + 1)
            }
        default: try plainValue()
        }
        return nil
    }

    /// A number, `true`, `false` or `null`.
    private mutating func plainValue() throws(Malformed) {
        let start = index
        while let scalar = next, scalar.isASCII, scalar.isNamePart || ["+", "-", "."].contains(scalar) {
            index += 1
        }
        let text = String(scalars: slice.line.scalars[start..<index])
        guard
            ["true", "false", "null"].contains(text)
                || (text.wholeMatch(of: #/-?(0|[1-9]\d*)(\.\d+)?([eE][+\-]?\d+)?/#) != nil)
        else { throw Malformed() }
    }

    private mutating func string() throws(Malformed) -> [Unicode.Scalar] {
        index += 1
        var text: [Unicode.Scalar] = []
        while let scalar = next {
            index += 1
            switch scalar {
            case "\"": return text
            case "\\": text.append(try escaped())
            case _ where scalar.value < 32: throw Malformed()
            default: text.append(scalar)
            }
        }
        throw Malformed()
    }

    private mutating func escaped() throws(Malformed) -> Unicode.Scalar {
        guard let scalar = next else { throw Malformed() }
        index += 1
        switch scalar {
        case "\"", "\\", "/": return scalar
        case "b": return "\u{8}"
        case "f": return "\u{C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "u": break
        default: throw Malformed()
        }
        let high = try hexadecimal()
        guard (0xD800..<0xDC00).contains(high), next == "\\" else {
            return Unicode.Scalar(high) ?? "\u{FFFD}"
        }
        // The other half of a surrogate pair may follow; where it does not, what follows is read by itself.
        let retry = index
        index += 1
        if next == "u" {
            index += 1
            let low = try hexadecimal()
            if (0xDC00..<0xE000).contains(low) {
                return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)) ?? "\u{FFFD}"
            }
        }
        index = retry
        return "\u{FFFD}"
    }

    private mutating func hexadecimal() throws(Malformed) -> UInt32 {
        guard index + 4 <= end else { throw Malformed() }
        let digits = slice.line.scalars[index..<index + 4]
        guard digits.allSatisfy({ $0.isASCII && $0.properties.isASCIIHexDigit }),
            let value = UInt32(String(scalars: digits), radix: 16)
        else { throw Malformed() }
        index += 4
        return value
    }
}
