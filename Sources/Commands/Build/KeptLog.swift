import Synchronization

/// The end of a log that is printed only when the run fails.
final class KeptLog: Sendable {
    private static let limit = 64 << 10

    private let bytes = Mutex<[UInt8]>([])

    @Sendable func append(_ more: [UInt8]) {
        bytes.withLock { bytes in
            bytes += more
            if bytes.count > 2 * Self.limit { bytes.removeFirst(bytes.count - Self.limit) }
        }
    }

    /// The log without its final line break.
    var text: String {
        let text = String(decoding: bytes.withLock { $0 }, as: UTF8.self)
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}
