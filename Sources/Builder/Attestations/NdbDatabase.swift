/// RPM's own format, `Packages.db`: pages of slots, each of which says where one header is.
struct NdbDatabase: RPMDatabase {
    private static let magic = Array("RpmP".utf8)
    private static let slotMagic = Array("Slot".utf8)
    private static let blobMagic = Array("BlbS".utf8)
    private static let pageSize = 4096
    private static let slotSize = 16
    /// Headers lie at multiples of it.
    private static let blockSize: Int64 = 16

    private let file: StoredBytes
    private let slotPages: Int

    init(_ file: StoredBytes) throws {
        var file = file
        file.isBigEndian = false
        guard file.size >= 32, try file.bytes(at: 0, count: 4) == Self.magic else {
            throw RPMDatabaseError.unknownFormat(expected: "an ndb database")
        }
        self.file = file
        slotPages = try file.number(at: 12)
    }

    func headers(_ body: ([UInt8]) throws -> Void) throws {
        // No two headers share bytes.
        var left = file.size
        for page in 0..<slotPages {
            let slots = try file.bytes(at: Int64(page) * Int64(Self.pageSize), count: Self.pageSize)
            // The database's own header takes the place of the first two.
            let first = page == 0 ? 2 * Self.slotSize : 0
            for slot in stride(from: first, to: Self.pageSize, by: Self.slotSize) {
                guard slots[slot..<slot + 4].elementsEqual(Self.slotMagic) else { continue }
                let block = slots.number(at: slot + 8, 4, isBigEndian: false)
                // A slot that is free points nowhere.
                guard block != 0 else { continue }
                let header = try header(at: Int64(block) * Self.blockSize)
                left -= Int64(header.count)
                guard left >= 0 else { throw RPMDatabaseError.circular }
                try body(header)
            }
        }
    }

    private func header(at offset: Int64) throws -> [UInt8] {
        guard try file.bytes(at: offset, count: 4) == Self.blobMagic else {
            throw RPMDatabaseError.unknownFormat(expected: "an ndb database whose slots point to headers")
        }
        let size = try file.number(at: offset + 12)
        guard size <= Self.maximumHeaderSize else { throw RPMDatabaseError.headerTooLarge(size) }
        return try file.bytes(at: offset + 16, count: size)
    }
}
