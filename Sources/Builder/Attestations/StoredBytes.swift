import Blobs

/// Bytes at any offset of a file that a stranger wrote, with its end minded.
struct StoredBytes: Sendable {
    private let storage: any RandomAccess
    let size: Int64
    /// Numbers' highest byte first, as `number(at:)` reads them.
    var isBigEndian: Bool

    init(_ storage: any RandomAccess, size: Int64, isBigEndian: Bool) {
        self.storage = storage
        self.size = size
        self.isBigEndian = isBigEndian
    }

    /// Throws ``RPMDatabaseError`` where the file has not as many bytes there, and ``BlobError``.
    func bytes(at offset: Int64, count: Int) throws -> [UInt8] {
        let isInside = offset >= 0 && count >= 0 && offset <= size && Int64(count) <= size - offset
        guard isInside else { throw RPMDatabaseError.truncated }
        let bytes = try storage.bytes(at: offset, count: count)
        guard bytes.count == count else { throw RPMDatabaseError.truncated }
        return bytes
    }

    /// A number of four bytes.
    func number(at offset: Int64) throws -> Int {
        try bytes(at: offset, count: 4).number(at: 0, 4, isBigEndian: isBigEndian)
    }
}

extension [UInt8] {
    /// The number that so many bytes are; what lies behind the end counts as none.
    func number(at offset: Int, _ size: Int, isBigEndian: Bool) -> Int {
        guard offset >= 0, offset + size <= count else { return 0 }
        let bytes = self[offset..<offset + size]
        return isBigEndian
            ? bytes.reduce(0) { $0 << 8 | Int($1) } : bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}
