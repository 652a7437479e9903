/// Reads a JSON text (RFC 8259) in one pass: time and memory are those of the text's length.
///
/// As Go's decoder, which made most of these documents, it lets the last of two members with one name win, and takes
/// half a surrogate pair for U+FFFD.
struct JSONParser {
    private let bytes: [UInt8]
    private var position = 0

    /// Arrays and objects in each other; documents have a handful, and each takes a piece of the stack.
    private static let deepest = 200

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The document's only value.
    mutating func document() throws(DocumentError) -> JSONValue {
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw mistake("nothing more") }
        return value
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func mistake(_ expected: String) -> DocumentError {
        let found = position == bytes.count ? "it ends there" : "there is something else"
        return .malformedJSON("expected \(expected) at byte \(position), and \(found)")
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    /// Goes past `byte`, and says whether it was there.
    private mutating func skip(_ byte: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: byte) else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(DocumentError) -> JSONValue {
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return .object(try members(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try elements(depth: depth + 1))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSONValue) throws(DocumentError) -> JSONValue {
        let word = Array("\(text)".utf8)
        guard bytes[position...].starts(with: word) else { throw mistake("`\(text)`") }
        position += word.count
        return value
    }

    // MARK: Arrays and objects

    private mutating func elements(depth: Int) throws(DocumentError) -> [JSONValue] {
        try open(depth)
        var values: [JSONValue] = []
        if skip("]") { return values }
        repeat {
            values.append(try value(depth: depth))
            skipSpace()
        } while skip(",")
        guard skip("]") else { throw mistake("`,` or `]`") }
        return values
    }

    private mutating func members(depth: Int) throws(DocumentError) -> [String: JSONValue] {
        try open(depth)
        var members: [String: JSONValue] = [:]
        if skip("}") { return members }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw mistake("a name in double quotes") }
            let name = try string()
            skipSpace()
            guard skip(":") else { throw mistake("`:`") }
            members[name] = try value(depth: depth)
            skipSpace()
        } while skip(",")
        guard skip("}") else { throw mistake("`,` or `}`") }
        return members
    }

    private mutating func open(_ depth: Int) throws(DocumentError) {
        guard depth <= Self.deepest else {
            throw .malformedJSON("the arrays and objects at byte \(position) are nested too deeply")
        }
        position += 1
        skipSpace()
    }

    // MARK: Numbers

    /// A whole number stays one, also where it is written as a decimal.
    private mutating func number() throws(DocumentError) -> JSONValue {
        let start = position
        _ = skip("-")
        if !skip("0") { try digits("a value") }
        var isWhole = true
        if skip(".") {
            try digits("a digit")
            isWhole = false
        }
        if skip("e") || skip("E") {
            if !skip("+") { _ = skip("-") }
            try digits("a digit")
            isWhole = false
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let integer = Int64(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else {
            throw .malformedJSON("the number at byte \(start) is too large")
        }
        return Int64(exactly: number).map(JSONValue.integer) ?? .number(number)
    }

    private mutating func digits(_ expected: String) throws(DocumentError) {
        let start = position
        while let byte = next, byte.isASCIIDigit { position += 1 }
        guard position > start else { throw mistake(expected) }
    }

    // MARK: Strings

    private mutating func string() throws(DocumentError) -> String {
        position += 1
        var text: [UInt8] = []
        var start = position
        while let byte = next, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw mistake("no control character") }
            guard byte == UInt8(ascii: "\\") else {
                position += 1
                continue
            }
            text += bytes[start..<position]
            position += 1
            text += try escaped()
            start = position
        }
        text += bytes[start..<position]
        guard skip("\"") else { throw mistake("`\"`") }
        guard let string = String(validating: text, as: UTF8.self) else {
            throw .malformedJSON("the string that ends at byte \(position) is not UTF-8")
        }
        return string
    }

    /// What stands for a backslash, which was read, and what follows it.
    private mutating func escaped() throws(DocumentError) -> [UInt8] {
        guard let byte = next else { throw mistake("an escaped character") }
        position += 1
        switch Unicode.Scalar(byte) {
        case "\"", "\\", "/": return [byte]
        case "b": return [0x08]
        case "f": return [0x0C]
        case "n": return [0x0A]
        case "r": return [0x0D]
        case "t": return [0x09]
        case "u": return Array(String(Character(try unicode())).utf8)
        default:
            position -= 1
            throw mistake("an escaped character")
        }
    }

    /// The character behind `\u`, for which two may be needed.
    private mutating func unicode() throws(DocumentError) -> Unicode.Scalar {
        let high = try hexadecimal()
        guard (0xD800..<0xDC00).contains(high) else { return Unicode.Scalar(high) ?? "\u{FFFD}" }
        let retry = position
        if skip("\\"), skip("u") {
            let low = try hexadecimal()
            if (0xDC00..<0xE000).contains(low) {
                return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)) ?? "\u{FFFD}"
            }
        }
        // What follows is no other half, and is read by itself.
        position = retry
        return "\u{FFFD}"
    }

    private mutating func hexadecimal() throws(DocumentError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw mistake("a hexadecimal digit")
            }
            value = value << 4 + UInt32(digit)
            position += 1
        }
        return value
    }
}
