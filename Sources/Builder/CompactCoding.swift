/// Writes numbers as variable-length integers, and texts behind their length.
struct CompactEncoder {
    var bytes: [UInt8]

    /// Zigzag and base 128, lowest digits first.
    mutating func put(_ number: Int64) {
        var rest = UInt64(bitPattern: (number << 1) ^ (number >> 63))
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func put(_ text: some Collection<UInt8>) {
        put(Int64(text.count))
        bytes += text
    }
}

/// Reads what ``CompactEncoder`` wrote; all it gives is `nil` where the bytes are something else.
struct CompactDecoder {
    let bytes: [UInt8]
    var position: Int

    var isAtEnd: Bool { position == bytes.count }

    mutating func number() -> Int64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard position < bytes.count else { return nil }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }
        }
        return nil
    }

    mutating func int() -> Int? { number().flatMap { Int(exactly: $0) } }

    mutating func slice() -> ArraySlice<UInt8>? {
        guard let count = int(), count >= 0, count <= bytes.count - position else { return nil }
        defer { position += count }
        return bytes[position..<position + count]
    }

    mutating func text() -> String? { slice().map { String(decoding: $0, as: UTF8.self) } }
}
