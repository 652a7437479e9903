import CLibisal

/// The CRC-32 of a stream of bytes (RFC 1952, section 8).
package struct Checksum: Sendable {
    package private(set) var value: UInt32 = 0

    package init() {}

    package mutating func update(_ bytes: RawSpan) {
        bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            value = crc32_gzip_refl(value, start, UInt64(bytes.count))
        }
    }
}
