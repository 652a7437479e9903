/// The lines of what a program writes in pieces.
///
/// A carriage return begins its line anew, as on a terminal: of a progress bar the last state is kept. A line is
/// bounded: what is longer is cut off, and counted.
package struct OutputLines: Sendable {
    private let limit: Int
    private var text: [UInt8] = []
    private var isReturned = false
    private var dropped = 0
    private var isBegun = false

    /// - Parameter limit: how many bytes of a line are kept.
    package init(limit: Int = 16 << 10) { self.limit = limit }

    /// Takes a piece, and returns the lines that are whole now, without their ends.
    package mutating func append(_ bytes: some Sequence<UInt8>) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\n"):
                lines.append(partial)
                reset()
                isBegun = false
            case UInt8(ascii: "\r"): (isReturned, isBegun) = (true, true)
            default: take(byte)
            }
        }
        return lines
    }

    /// The last line, where no line break ended it.
    package mutating func finish() -> String? {
        guard isBegun else { return nil }
        defer {
            reset()
            isBegun = false
        }
        return partial
    }

    /// What is known of a line that is not whole yet.
    package var partial: String {
        let kept = String(decoding: text, as: UTF8.self)
        return dropped == 0 ? kept : "\(kept)… (\(dropped) bytes more)"
    }

    private mutating func take(_ byte: UInt8) {
        // What comes behind a carriage return is written over the line; a mere `\r\n` leaves it as it is.
        if isReturned { reset() }
        isBegun = true
        // A character is never cut in two.
        let isContinuation = byte & 0b1100_0000 == 0b1000_0000
        if dropped == 0, text.count < limit || isContinuation && text.count < limit + 3 {
            text.append(byte)
        } else {
            dropped += 1
        }
    }

    private mutating func reset() {
        text.removeAll(keepingCapacity: text.capacity <= limit)
        (isReturned, dropped) = (false, 0)
    }
}
