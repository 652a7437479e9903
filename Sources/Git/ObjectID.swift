import CLibgit2

/// The name of a Git object: the SHA-1 of its header and bytes.
///
/// An id that exists is well formed; that an object of the name is there is another question.
package struct ObjectID: Hashable, Sendable, CustomStringConvertible {
    // The twenty bytes as three numbers, most significant byte first.
    private let high: UInt64
    private let middle: UInt64
    private let low: UInt32

    /// Reads 40 hexadecimal digits; throws ``GitError`` with ``GitError/Reason/malformed`` for anything else.
    package init(_ text: some StringProtocol) throws(GitError) {
        let digits = Array(text.utf8)
        guard digits.count == 40, let high = Self.number(digits[0..<16]),
            let middle = Self.number(digits[16..<32]), let low = Self.number(digits[32..<40])
        else {
            throw GitError(
                .malformed, "read the object id `\(text.prefix(80))`",
                message: "it is not 40 hexadecimal digits")
        }
        self.high = high
        self.middle = middle
        self.low = UInt32(truncatingIfNeeded: low)
    }

    init(_ oid: git_oid) {
        (high, middle, low) = withUnsafeBytes(of: oid) { bytes in
            (
                UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
                UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
            )
        }
    }

    var oid: git_oid {
        var oid = git_oid()
        withUnsafeMutableBytes(of: &oid) { bytes in
            bytes.storeBytes(of: high.bigEndian, as: UInt64.self)
            bytes.storeBytes(of: middle.bigEndian, toByteOffset: 8, as: UInt64.self)
            bytes.storeBytes(of: low.bigEndian, toByteOffset: 16, as: UInt32.self)
        }
        return oid
    }

    /// 40 lower-case hexadecimal digits.
    package var description: String {
        Self.hex(high, 16) + Self.hex(middle, 16) + Self.hex(UInt64(low), 8)
    }

    /// The first twelve digits, for people.
    package var short: String { String(Self.hex(high, 16).prefix(12)) }

    private static func hex(_ number: UInt64, _ width: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: width - digits.count) + digits
    }

    /// The value of hexadecimal digits of either case; unlike `UInt64(_:radix:)` it takes no sign.
    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(digit & 0x0f)
            case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"):
                value = value << 4 | UInt64(digit & 0x0f + 9)
            default: return nil
            }
        }
        return value
    }
}
