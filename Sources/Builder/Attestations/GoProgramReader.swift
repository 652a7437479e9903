import Inventory

/// Looks for a Go program's build information in the bytes of an executable, as they come.
///
/// At most the information's own bytes and one piece are held.
struct GoProgramReader {
    private(set) var info: GoBuildInfo?
    /// The bytes from a place on that the alignment divides.
    private var buffer: [UInt8] = []
    /// Where in the buffer to look next.
    private var position = 0

    /// Whether the first bytes are those of an executable for Linux.
    static func isExecutable(_ start: [UInt8]) -> Bool { start.starts(with: [0x7F, 0x45, 0x4C, 0x46]) }

    /// Returns whether more bytes are wanted.
    mutating func append(_ bytes: RawSpan) -> Bool {
        bytes.withUnsafeBytes { buffer.append(contentsOf: $0) }
        search(isEnd: false)
        return info == nil
    }

    mutating func finish() { search(isEnd: true) }

    private mutating func search(isEnd: Bool) {
        while info == nil, position + GoBuildInfo.magic.count <= buffer.count {
            if isMagic(at: position) {
                let end = position + GoBuildInfo.maximumSize
                // Whether it is one, or the bytes of a program that looks for them, only the whole tells.
                guard isEnd || end <= buffer.count else { break }
                info = GoBuildInfo(parsing: buffer[position..<min(end, buffer.count)])
            }
            position += GoBuildInfo.alignment
        }
        // What is left begins at a multiple of the alignment again.
        let passed = min(position, buffer.count) / GoBuildInfo.alignment * GoBuildInfo.alignment
        buffer.removeFirst(passed)
        position -= passed
    }

    private func isMagic(at place: Int) -> Bool {
        buffer[place] == GoBuildInfo.magic[0]
            && buffer[place..<place + GoBuildInfo.magic.count].elementsEqual(GoBuildInfo.magic)
    }
}
