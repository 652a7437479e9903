/// The pages of an SQLite database that nobody writes to (the file format is fixed: https://sqlite.org/fileformat.html).
struct SQLiteFile: Sendable {
    private static let magic = Array("SQLite format 3\0".utf8)

    private let file: StoredBytes
    let pageSize: Int
    /// The bytes of a page that are SQLite's.
    let usableSize: Int
    /// Newer versions of pages, in the write-ahead log.
    private let log: SQLiteLog?

    init(_ file: StoredBytes, log: StoredBytes?) throws {
        guard file.size >= 100, try file.bytes(at: 0, count: 16) == Self.magic else {
            throw RPMDatabaseError.unknownFormat(expected: "an SQLite database")
        }
        let header = try file.bytes(at: 0, count: 100)
        let size = header.number(at: 16, 2, isBigEndian: true)
        pageSize = size == 1 ? 65536 : size
        usableSize = pageSize - Int(header[20])
        guard pageSize >= 512, pageSize & (pageSize - 1) == 0, usableSize >= 480 else {
            throw RPMDatabaseError.unknownFormat(expected: "an SQLite database with pages of a known size")
        }
        self.file = file
        self.log = try log.flatMap { [pageSize] in try SQLiteLog($0, pageSize: pageSize) }
    }

    /// How many pages there can be at most, newer ones too.
    var pageCount: Int { Int(file.size) / pageSize + (log?.pageCount ?? 0) }

    /// A page; the first has the number 1.
    func page(_ number: Int) throws -> [UInt8] {
        guard number > 0 else { throw RPMDatabaseError.truncated }
        if let page = try log?.page(number) { return page }
        return try file.bytes(at: Int64(number - 1) * Int64(pageSize), count: pageSize)
    }
}

/// What was written to an SQLite database and not yet moved into its file: pages in the order of writing.
private struct SQLiteLog: Sendable {
    private static let headerSize: Int64 = 32
    private static let frameHeaderSize: Int64 = 24

    private let file: StoredBytes
    private let pageSize: Int
    /// Where each page's last committed version is.
    private var pages: [Int: Int64] = [:]

    var pageCount: Int { pages.count }

    /// Returns `nil` where there is no log of this database.
    init?(_ file: StoredBytes, pageSize: Int) throws {
        guard file.size >= Self.headerSize else { return nil }
        let header = try file.bytes(at: 0, count: Int(Self.headerSize))
        let isLog = [0x377F_0682, 0x377F_0683].contains(header.number(at: 0, 4, isBigEndian: true))
        guard isLog, header.number(at: 8, 4, isBigEndian: true) == pageSize else { return nil }
        self.file = file
        self.pageSize = pageSize
        try readFrames(salt: Array(header[16..<24]))
    }

    /// Frames with another salt are of an earlier time, and those after the last commit are of none.
    private mutating func readFrames(salt: [UInt8]) throws {
        var pending: [Int: Int64] = [:]
        var offset = Self.headerSize
        while offset + Self.frameHeaderSize + Int64(pageSize) <= file.size {
            let frame = try file.bytes(at: offset, count: Int(Self.frameHeaderSize))
            guard frame[8..<16].elementsEqual(salt) else { return }
            pending[frame.number(at: 0, 4, isBigEndian: true)] = offset + Self.frameHeaderSize
            if frame.number(at: 4, 4, isBigEndian: true) != 0 {
                pages.merge(pending) { $1 }
                pending = [:]
            }
            offset += Self.frameHeaderSize + Int64(pageSize)
        }
    }

    func page(_ number: Int) throws -> [UInt8]? {
        try pages[number].map { try file.bytes(at: $0, count: pageSize) }
    }
}
