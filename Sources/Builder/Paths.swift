import Glibc

/// A path as a key: equal when its bytes are, as file systems see it.
///
/// Swift takes two texts for equal that write one letter in two ways; a directory can hold both.
struct PathKey: Hashable, Sendable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (a: PathKey, b: PathKey) -> Bool { a.text.byteOrder(b.text) == 0 }

    func hash(into hasher: inout Hasher) {
        let isHashed: Void? = text.utf8.withContiguousStorageIfAvailable { bytes in
            hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
        }
        if isHashed == nil { for byte in text.utf8 { hasher.combine(byte) } }
    }
}

extension String {
    /// The names between the slashes; empty ones and `.` are left out.
    var pathComponents: [String] {
        utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }.filter { $0 != "." }
    }

    /// Whether it starts at the root.
    var isAbsolute: Bool { utf8.first == UInt8(ascii: "/") }

    /// Whether it ends in a slash: then it means a directory.
    var hasTrailingSlash: Bool { utf8.last == UInt8(ascii: "/") }

    /// The text behind the last slash.
    var lastComponent: String {
        guard let slash = utf8.lastIndex(of: UInt8(ascii: "/")) else { return self }
        return String(self[utf8.index(after: slash)...])
    }

    /// The text before the last slash; empty where there is none.
    var parentPath: String {
        guard let slash = utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
        return String(self[..<slash])
    }

    /// This path and a name below it.
    func appending(component: String) -> String { isEmpty ? component : self + "/" + component }

    /// Whether this path sorts before another, as UTF-8 bytes: in which parents come before what they hold.
    func precedes(_ other: String) -> Bool { byteOrder(other) < 0 }

    /// Below, at or above zero as the bytes sort before, with or after those of another text.
    ///
    /// A layer of many files is sorted by this: whole comparisons are several times faster than byte after byte.
    fileprivate func byteOrder(_ other: String) -> Int {
        let order = utf8.withContiguousStorageIfAvailable { bytes in
            other.utf8.withContiguousStorageIfAvailable { compare(bytes, $0) }
        }
        if let order, let order { return order }
        if utf8.elementsEqual(other.utf8) { return 0 }
        return utf8.lexicographicallyPrecedes(other.utf8) ? -1 : 1
    }
}

private func compare(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Int {
    guard let left = a.baseAddress, let right = b.baseAddress else { return a.count - b.count }
    let order = memcmp(left, right, min(a.count, b.count))
    return order == 0 ? a.count - b.count : Int(order)
}
