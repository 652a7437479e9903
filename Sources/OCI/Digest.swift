/// The name of a blob: an algorithm and the hash of the blob's bytes.
///
/// A digest that exists is well formed; text becomes one only through ``init(_:)``.
/// Follows the OCI image specification, descriptor.md, "Digests".
package struct Digest: Hashable, Sendable, CustomStringConvertible {
    /// A hash algorithm registered by the OCI image specification that Slipway can compute.
    package enum Algorithm: String, Sendable, CaseIterable {
        case sha256
        case sha512

        /// The number of hexadecimal digits in a hash of this algorithm.
        package var hexLength: Int {
            switch self {
            case .sha256: 64
            case .sha512: 128
            }
        }
    }

    package let algorithm: Algorithm
    /// The hash in lower-case hexadecimal.
    package let hex: String

    /// Reads `algorithm:hex`.
    ///
    /// Throws ``DigestError`` when the algorithm is unknown, or the hash is not lower-case hexadecimal of
    /// the algorithm's length.
    package init(_ text: some StringProtocol) throws(DigestError) {
        guard let colon = text.firstIndex(of: ":") else { throw .missingAlgorithm(in: String(text)) }
        guard let algorithm = Algorithm(rawValue: String(text[..<colon])) else {
            throw .unknownAlgorithm(in: String(text))
        }
        let hex = text[text.index(after: colon)...]
        guard hex.utf8.count == algorithm.hexLength, hex.utf8.allSatisfy(\.isLowercaseHexDigit) else {
            throw .malformedHash(in: String(text), expectedLength: algorithm.hexLength)
        }
        self.algorithm = algorithm
        self.hex = String(hex)
    }

    /// Names the blob whose hash, as raw bytes, is `hash`.
    ///
    /// Throws ``DigestError`` when the number of bytes is not the algorithm's.
    package init(_ algorithm: Algorithm, hash: [UInt8]) throws(DigestError) {
        let hex = hash.hexadecimal
        guard hex.utf8.count == algorithm.hexLength else {
            throw .malformedHash(in: hex, expectedLength: algorithm.hexLength)
        }
        self.algorithm = algorithm
        self.hex = hex
    }

    package var description: String { "\(algorithm.rawValue):\(hex)" }

    /// The first twelve hexadecimal digits, for people.
    package var short: String { String(hex.prefix(12)) }
}

/// Why a text is not a digest.
package enum DigestError: Error, Equatable, CustomStringConvertible {
    case missingAlgorithm(in: String)
    case unknownAlgorithm(in: String)
    case malformedHash(in: String, expectedLength: Int)

    package var description: String {
        switch self {
        case .missingAlgorithm(let text):
            "`\(text)` is not a digest: expected `sha256:` and 64 hexadecimal digits"
        case .unknownAlgorithm(let text):
            "`\(text)` is not a digest known here: expected the algorithm `sha256` or `sha512`"
        case .malformedHash(let text, let length):
            "`\(text)` is not a digest: expected \(length) lower-case hexadecimal digits after the algorithm"
        }
    }
}

extension UInt8 {
    var isLowercaseHexDigit: Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
            || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self)
    }
}

extension [UInt8] {
    /// The bytes as lower-case hexadecimal digits.
    package var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(count * 2)
        for byte in self {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
