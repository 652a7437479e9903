/// RPM's SQLite format, `rpmdb.sqlite`: the table `Packages` has a number and a header in each row.
struct SQLiteDatabase: RPMDatabase {
    private static let maximumDepth = 20

    private let file: SQLiteFile

    init(_ file: StoredBytes, log: StoredBytes?) throws { self.file = try SQLiteFile(file, log: log) }

    func headers(_ body: ([UInt8]) throws -> Void) throws {
        var root: Int?
        try rows(root: 1) { row in
            // The table of tables: type, name, table, root page, text.
            let columns = SQLiteRow(row)
            if columns.text(0) == "table", columns.text(1) == "Packages" { root = columns.integer(3) }
        }
        guard let root else {
            throw RPMDatabaseError.unknownFormat(expected: "an SQLite database with a table `Packages`")
        }
        try rows(root: root) { row in
            if let header = SQLiteRow(row).bytes(1) { try body(header) }
        }
    }

    /// Hands over each row of a table, in the order of its keys.
    private func rows(root: Int, _ body: ([UInt8]) throws -> Void) throws {
        // A tree has each page once: more than there are is a circle.
        var left = file.pageCount
        try walk(root, depth: 0, &left, body)
    }

    private func walk(
        _ number: Int, depth: Int, _ left: inout Int, _ body: ([UInt8]) throws -> Void
    ) throws {
        left -= 1
        guard left >= 0, depth < Self.maximumDepth else { throw RPMDatabaseError.circular }
        let page = try file.page(number)
        // The file's own header comes first in the first page.
        let start = number == 1 ? 100 : 0
        let (interior, leaf): (UInt8, UInt8) = (5, 13)
        guard page[start] == interior || page[start] == leaf else {
            throw RPMDatabaseError.unknownFormat(expected: "an SQLite database whose tables are whole")
        }
        let isLeaf = page[start] == leaf
        for cell in 0..<page.number(at: start + 3, 2, isBigEndian: true) {
            let pointer = start + (isLeaf ? 8 : 12) + 2 * cell
            let offset = page.number(at: pointer, 2, isBigEndian: true)
            if isLeaf {
                try body(try payload(in: page, at: offset, &left))
            } else {
                try walk(page.number(at: offset, 4, isBigEndian: true), depth: depth + 1, &left, body)
            }
        }
        guard !isLeaf else { return }
        try walk(page.number(at: start + 8, 4, isBigEndian: true), depth: depth + 1, &left, body)
    }

    /// A row's bytes: some in the page, the rest in a chain of others.
    private func payload(in page: [UInt8], at offset: Int, _ left: inout Int) throws -> [UInt8] {
        guard offset < file.usableSize else { throw RPMDatabaseError.truncated }
        var rest = page[offset..<file.usableSize]
        guard let size = rest.takeVarint(), rest.takeVarint() != nil else { throw RPMDatabaseError.truncated }
        guard size <= SQLiteDatabase.maximumHeaderSize else { throw RPMDatabaseError.headerTooLarge(size) }
        let here = localSize(of: size)
        guard here <= rest.count else { throw RPMDatabaseError.truncated }
        var bytes = Array(rest.prefix(here))
        guard here < size else { return bytes }
        var next = page.number(at: rest.startIndex + here, 4, isBigEndian: true)
        while bytes.count < size {
            left -= 1
            guard left >= 0 else { throw RPMDatabaseError.circular }
            let overflow = try file.page(next)
            bytes += overflow[4..<file.usableSize].prefix(size - bytes.count)
            next = overflow.number(at: 0, 4, isBigEndian: true)
        }
        return bytes
    }

    /// How much of a row lies in its own page (file format, "Cell Payload Overflow Pages").
    private func localSize(of size: Int) -> Int {
        let maximum = file.usableSize - 35
        guard size > maximum else { return size }
        let minimum = (file.usableSize - 12) * 32 / 255 - 23
        let wanted = minimum + (size - minimum) % (file.usableSize - 4)
        return wanted <= maximum ? wanted : minimum
    }
}

/// A row's columns: a header with a type for each, and then the values.
private struct SQLiteRow {
    private var columns: [(type: Int, bytes: ArraySlice<UInt8>)] = []

    /// What is damaged leaves columns out.
    init(_ row: [UInt8]) {
        var rest = row[...]
        guard let headerSize = rest.takeVarint(), headerSize <= row.count,
            rest.startIndex <= headerSize
        else { return }
        var types = row[rest.startIndex..<headerSize]
        var values = row[headerSize...]
        while let type = types.takeVarint() {
            let size = Self.size(of: type)
            guard size <= values.count else { return }
            columns.append((type, values.prefix(size)))
            values = values.dropFirst(size)
        }
    }

    private static func size(of type: Int) -> Int {
        switch type {
        case 0...4: type
        case 5: 6
        case 6, 7: 8
        case 12...: (type - 12) / 2
        default: 0
        }
    }

    func bytes(_ index: Int) -> [UInt8]? {
        guard index < columns.count, columns[index].type >= 12 else { return nil }
        return Array(columns[index].bytes)
    }

    func text(_ index: Int) -> String? { bytes(index).map { String(decoding: $0, as: UTF8.self) } }

    func integer(_ index: Int) -> Int? {
        guard index < columns.count else { return nil }
        switch columns[index].type {
        case 1...4: return columns[index].bytes.reduce(0) { $0 << 8 | Int($1) }
        case 8: return 0
        case 9: return 1
        default: return nil
        }
    }
}

extension ArraySlice<UInt8> {
    /// Takes a number in groups of seven bits, highest first; `nil` where it is cut off or is no size.
    fileprivate mutating func takeVarint() -> Int? {
        var value = 0
        for _ in 0..<8 {
            guard let byte = popFirst() else { return nil }
            value = value << 7 | Int(byte & 0x7F)
            if byte & 0x80 == 0 { return value }
        }
        // A ninth byte makes a number of 64 bits: keys may be so large, sizes may not.
        guard popFirst() != nil else { return nil }
        return .max
    }
}
