import CLibisal

/// The CRC-32 of a stream of bytes (RFC 1952, section 8).
package struct Checksum: Sendable {
    package private(set) var value: UInt32 = 0

    package init() {}

    init(of bytes: [UInt8]) { update(bytes.span.bytes) }

    package mutating func update(_ bytes: RawSpan) {
        bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            value = crc32_gzip_refl(value, start, UInt64(bytes.count))
        }
    }
}

extension Checksum {
    /// The checksum of bytes that follow each other, by those of the two parts.
    ///
    /// A CRC is a remainder of polynomials over GF(2): the first part's is moved past the second's bits, and what
    /// both leave is added.
    static func joined(_ first: UInt32, _ second: UInt32, secondLength: Int64) -> UInt32 {
        // x^8, squared once for each bit of the length: what moves past 1, 2, 4, … bytes.
        var power: UInt32 = 1 << (31 - 8)
        var moved = first
        var rest = secondLength
        while rest > 0 {
            if rest & 1 == 1 { moved = product(moved, power) }
            power = product(power, power)
            rest >>= 1
        }
        return moved ^ second
    }

    /// The product of two polynomials modulo the CRC's own; the highest bit stands for x^0.
    private static func product(_ a: UInt32, _ b: UInt32) -> UInt32 {
        var (sum, shifted) = (UInt32(0), b)
        for bit in stride(from: 31, through: 0, by: -1) {
            if a >> bit & 1 == 1 { sum ^= shifted }
            shifted = shifted >> 1 ^ (shifted & 1 == 1 ? 0xEDB8_8320 : 0)
        }
        return sum
    }
}
