/// Berkeley DB's hash format, `Packages`: pages of keys and values, and chains of pages for what is larger than one.
///
/// Every page is looked at in turn, in place of following the hash: only values are wanted, and all of them.
struct BerkeleyDatabase: RPMDatabase {
    private static let magic = 0x061561
    private static let headerSize = 26
    private static let maximumPageSize = 64 << 10

    private enum PageKind {
        static let unsortedHash = 2
        static let overflow = 7
        static let hashMetadata = 8
        static let hash = 13
    }

    private enum ItemKind {
        static let here: UInt8 = 1
        static let elsewhere: UInt8 = 3
    }

    private let file: StoredBytes
    private let pageSize: Int
    private let lastPage: Int

    init(_ file: StoredBytes) throws {
        guard file.size >= 72 else { throw RPMDatabaseError.truncated }
        var file = file
        let metadata = try file.bytes(at: 0, count: 72)
        // The machine that made it chose the order.
        file.isBigEndian = metadata.number(at: 12, 4, isBigEndian: true) == Self.magic
        guard metadata.number(at: 12, 4, isBigEndian: file.isBigEndian) == Self.magic,
            metadata[25] == UInt8(PageKind.hashMetadata)
        else { throw RPMDatabaseError.unknownFormat(expected: "a Berkeley DB hash") }
        guard metadata[24] == 0 else { throw RPMDatabaseError.encrypted }
        self.file = file
        pageSize = metadata.number(at: 20, 4, isBigEndian: file.isBigEndian)
        lastPage = metadata.number(at: 32, 4, isBigEndian: file.isBigEndian)
        guard pageSize >= 512, pageSize <= Self.maximumPageSize else {
            throw RPMDatabaseError.unknownFormat(expected: "a Berkeley DB hash with pages of a known size")
        }
    }

    func headers(_ body: ([UInt8]) throws -> Void) throws {
        guard lastPage > 0 else { return }
        // No two values share pages.
        var left = lastPage
        for number in 1...lastPage {
            let page = try page(number)
            let kind = Int(page[25])
            guard kind == PageKind.hash || kind == PageKind.unsortedHash else { continue }
            for pair in 0..<self.number(page, 20, 2) / 2 {
                if let header = try value(pair, of: page, &left) { try body(header) }
            }
        }
    }

    private func page(_ number: Int) throws -> [UInt8] {
        try file.bytes(at: Int64(number) * Int64(pageSize), count: pageSize)
    }

    private func number(_ page: [UInt8], _ offset: Int, _ size: Int) -> Int {
        page.number(at: offset, size, isBigEndian: file.isBigEndian)
    }

    /// A pair's value; `nil` for the one under the key 0, which is a count.
    private func value(_ pair: Int, of page: [UInt8], _ left: inout Int) throws -> [UInt8]? {
        let key = try item(2 * pair, of: page)
        guard key.count > 1, key.dropFirst().contains(where: { $0 != 0 }) else { return nil }
        let value = try item(2 * pair + 1, of: page)
        switch value.first {
        case ItemKind.here: return Array(value.dropFirst())
        case ItemKind.elsewhere: return try chain(from: number(value, 4, 4), size: number(value, 8, 4), &left)
        default: return nil
        }
    }

    /// An item's kind and bytes: items lie from the page's end towards its start.
    private func item(_ index: Int, of page: [UInt8]) throws -> [UInt8] {
        let start = number(page, Self.headerSize + 2 * index, 2)
        let end = index == 0 ? pageSize : number(page, Self.headerSize + 2 * (index - 1), 2)
        guard start >= Self.headerSize, start < end, end <= pageSize else { throw RPMDatabaseError.truncated }
        return Array(page[start..<end])
    }

    private func chain(from first: Int, size: Int, _ left: inout Int) throws -> [UInt8] {
        guard size <= Self.maximumHeaderSize else { throw RPMDatabaseError.headerTooLarge(size) }
        var bytes: [UInt8] = []
        var next = first
        while bytes.count < size {
            guard next > 0, next <= lastPage else { throw RPMDatabaseError.truncated }
            let page = try page(next)
            let count = number(page, 22, 2)
            guard Int(page[25]) == PageKind.overflow, count <= pageSize - Self.headerSize else {
                throw RPMDatabaseError.truncated
            }
            left -= 1
            guard left >= 0 else { throw RPMDatabaseError.circular }
            bytes += page[Self.headerSize..<Self.headerSize + count]
            next = number(page, 16, 4)
        }
        return Array(bytes.prefix(size))
    }
}
