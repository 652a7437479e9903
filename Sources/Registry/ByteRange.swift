/// What part of a blob a request asks for, by its `Range` header (RFC 9110, section 14).
enum ByteRange: Hashable {
    case all
    case part(Range<Int64>)
    case unsatisfiable

    /// Reads a header's value. Several ranges, other units and what is malformed ask for all, as the RFC allows.
    init(_ header: String?, size: Int64) {
        guard let header, header.hasPrefix("bytes=") else {
            self = .all
            return
        }
        let ends = header.dropFirst("bytes=".count).split(
            separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard ends.count == 2, !header.contains(",") else {
            self = .all
            return
        }
        switch (Self.number(ends[0]), Self.number(ends[1])) {
        case (let first?, let last?) where first > last: self = .all
        case (let first?, _) where first >= size && (ends[1].isEmpty || Self.number(ends[1]) != nil):
            self = .unsatisfiable
        case (let first?, let last?): self = .part(first..<(min(last, size - 1) + 1))
        case (let first?, nil) where ends[1].isEmpty: self = .part(first..<size)
        case (nil, let count?) where ends[0].isEmpty:
            self = count == 0 || size == 0 ? .unsatisfiable : .part(max(size - count, 0)..<size)
        default: self = .all
        }
    }

    private static func number(_ text: Substring) -> Int64? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int64(text) : nil
    }
}

/// The bytes that a piece of an upload says it is: `FIRST-LAST`, both part of it.
struct ContentRange: Hashable {
    let first: Int64
    let count: Int64

    /// Reads a `Content-Range` as the distribution specification writes it; a leading `bytes ` and a trailing
    /// `/SIZE`, as HTTP writes them, are let through.
    init(_ header: String) throws(RegistryError) {
        var text = header[...]
        if text.hasPrefix("bytes ") { text = text.dropFirst("bytes ".count) }
        text = text.prefix { $0 != "/" }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int64($0) }
        guard ends.count == 2, let first = ends[0], let last = ends[1], first <= last, last < .max else {
            throw .uploadMalformed("the Content-Range `\(header)` is malformed: expected `FIRST-LAST`")
        }
        self.first = first
        count = last - first + 1
    }
}
