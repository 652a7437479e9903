import Blobs
@testable import Builder
import Foundation
import GRDB
import Inventory
import TestSupport
import Testing

@Suite("An RPM database", .temporaryDirectory) struct RPMDatabaseTests {
    let store: BlobStore

    init() throws { store = try BlobStore(directory: try TemporaryDirectory.required.path("blobs")) }

    private func stored(_ bytes: [UInt8]) throws -> StoredBytes {
        let scratch = try store.scratchFile()
        try scratch.append(bytes)
        return StoredBytes(scratch, size: Int64(bytes.count), isBigEndian: true)
    }

    private func headers(_ kind: RPMDatabaseFile, _ bytes: [UInt8], log: [UInt8]? = nil) throws -> [[UInt8]] {
        var headers: [[UInt8]] = []
        let database = try kind.open(try stored(bytes), log: try log.map(stored))
        try database.headers { headers.append($0) }
        return headers
    }

    private func names(_ headers: [[UInt8]]) throws -> [String] {
        try headers.map { bytes in
            let header = try RPMHeader(parsing: bytes)
            return "\(header.name) \(header.epoch ?? -1) \(header.license ?? "")"
        }.sorted()
    }

    private static let expected = [
        "alpha 0 MIT AND GPL-2.0-or-later", "beta 1 MIT AND GPL-2.0-or-later",
        "gamma 2 MIT AND GPL-2.0-or-later",
    ]

    // MARK: What others wrote

    @Test func `of RPM's own making is read`() throws {
        let found = try headers(.sqlite, try RPMDatabaseFixture.sqlite)
        #expect(try names(found) == Self.expected)
    }

    @Test func `in Berkeley DB is read`() throws {
        let found = try headers(.berkeley, try RPMDatabaseFixture.berkeley)
        #expect(try names(found) == Self.expected)
    }

    @Test(arguments: [512, 1024, 4096, 65536])
    func `in SQLite is read whatever the size of its pages`(pageSize: Int) throws {
        // Rows around the sizes at which they begin to spill into other pages, and enough of them for a tree.
        let sizes = Array(0..<300) + (pageSize - 60..<pageSize + 10) + [3 * pageSize, 200_000]
        let rows = sizes.map { size in (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ size) } }
        let path = try TemporaryDirectory.required.path("rpmdb.sqlite")
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA page_size = \(pageSize); VACUUM") }
        try queue.write { try Self.fill($0, rows) }
        try queue.close()
        #expect(try headers(.sqlite, try Self.bytes(path)) == rows)
    }

    @Test func `in SQLite has what its log has`() throws {
        let rows = (0..<100).map { number in [UInt8](repeating: UInt8(number), count: 700 + number) }
        let path = try TemporaryDirectory.required.path("rpmdb.sqlite")
        var configuration = Configuration()
        configuration.journalMode = .wal
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_autocheckpoint = 0") }
        try queue.write { try Self.fill($0, Array(rows.prefix(60))) }
        try queue.writeWithoutTransaction { _ = try $0.checkpoint(.restart) }
        // The log starts anew: its old frames lie behind the new ones.
        try queue.write { try Self.insert($0, Array(rows.dropFirst(60).prefix(10))) }
        try queue.write { try Self.insert($0, Array(rows.dropFirst(70))) }
        let (file, log) = (try Self.bytes(path), try Self.bytes(path + "-wal"))
        #expect(try headers(.sqlite, file, log: log) == rows)
        #expect(try headers(.sqlite, file).count == 60)
        #expect(
            try headers(.sqlite, file, log: Array("no log at all, but longer than its header".utf8)).count
                == 60)
        // A commit that was cut off is none.
        #expect(try headers(.sqlite, file, log: Array(log.prefix(32 + 100))).count == 60)
        try queue.close()
    }

    private static func fill(_ database: Database, _ rows: [[UInt8]]) throws {
        try database.execute(
            sql: """
                CREATE TABLE Other(name TEXT); CREATE INDEX OtherName ON Other(name);
                CREATE TABLE Packages(hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL);
                """)
        try insert(database, rows)
    }

    private static func insert(_ database: Database, _ rows: [[UInt8]]) throws {
        for row in rows {
            try database.execute(sql: "INSERT INTO Packages(blob) VALUES (?)", arguments: [Data(row)])
        }
    }

    private static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: path)))
    }

    // MARK: RPM's own format

    /// Slots and headers as `rpmpkg.c` lays them out; slots without a block are free.
    private static func ndb(_ headers: [[UInt8]], slotPages: Int = 1) -> [UInt8] {
        func number(_ value: Int) -> [UInt8] {
            [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: value >> $0) }
        }
        var slots = Array("RpmP".utf8) + number(0) + number(1) + number(slotPages) + number(headers.count + 1)
        slots += [UInt8](repeating: 0, count: 12)
        slots += Array("Slot".utf8) + number(0) + number(0) + number(0)
        var blobs: [UInt8] = []
        for (index, header) in headers.enumerated() {
            let block = (4096 * slotPages + blobs.count) / 16
            slots += Array("Slot".utf8) + number(index + 1) + number(block) + number(header.count / 16 + 2)
            blobs += Array("BlbS".utf8) + number(index + 1) + number(1) + number(header.count) + header
            blobs += [UInt8](repeating: 0, count: (32 - blobs.count % 16) % 16)
        }
        slots += [UInt8](repeating: 0, count: 4096 * slotPages - slots.count)
        return slots + blobs
    }

    @Test func `in RPM's own format is read`() throws {
        let rows = (0..<300).map { number in
            [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: number)
        }
        #expect(try headers(.ndb, Self.ndb(rows, slotPages: 2)) == rows)
        #expect(try headers(.ndb, Self.ndb([])) == [])
    }

    // MARK: Damage

    private static let samples: [RPMDatabaseFile] = [.sqlite, .ndb, .berkeley]

    private func sample(_ kind: RPMDatabaseFile) throws -> [UInt8] {
        switch kind {
        case .sqlite: try RPMDatabaseFixture.sqlite
        case .ndb: Self.ndb((0..<5).map { [UInt8](repeating: UInt8($0), count: 300) })
        case .berkeley: try RPMDatabaseFixture.berkeley
        }
    }

    @Test(arguments: samples)
    func `may end anywhere`(kind: RPMDatabaseFile) throws {
        let bytes = try sample(kind)
        let step = max(1, bytes.count / 200)
        for count in stride(from: 0, to: bytes.count, by: step) {
            do { _ = try headers(kind, Array(bytes.prefix(count))) } catch {
                #expect(error is RPMDatabaseError)
            }
        }
        #expect(throws: RPMDatabaseError.self) { try headers(kind, []) }
    }

    @Test(arguments: samples)
    func `may be damaged anywhere`(kind: RPMDatabaseFile) throws {
        let bytes = try sample(kind)
        var state: UInt64 = 7
        for _ in 0..<400 {
            var damaged = bytes
            for _ in 0..<8 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                // Most of what says where things are is near the start.
                let range = state % 3 == 0 ? bytes.count : min(bytes.count, 600)
                damaged[Int(state >> 33) % range] = UInt8(truncatingIfNeeded: state >> 24)
            }
            do { _ = try headers(kind, damaged) } catch { #expect(error is RPMDatabaseError) }
        }
    }

    @Test(arguments: [
        (RPMDatabaseFile.sqlite, "an SQLite database"), (.ndb, "an ndb database"),
        (.berkeley, "a Berkeley DB hash"),
    ])
    func `is refused where it is none`(kind: RPMDatabaseFile, expected: String) throws {
        let text = [UInt8](repeating: 0x61, count: 8192)
        #expect(throws: RPMDatabaseError.unknownFormat(expected: expected)) { try headers(kind, text) }
    }

    @Test func `is refused where it has no packages`() throws {
        let path = try TemporaryDirectory.required.path("other.sqlite")
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: "CREATE TABLE Other(name TEXT)") }
        try queue.close()
        #expect(throws: RPMDatabaseError.self) { try headers(.sqlite, try Self.bytes(path)) }
    }

    @Test func `does not go in circles`() throws {
        var bytes = try sample(.berkeley)
        for page in stride(from: 512, to: bytes.count, by: 512) where bytes[page + 25] == 7 {
            // Each page of a chain is followed by itself, and has one byte.
            bytes.replaceSubrange(page + 16..<page + 20, with: bytes[page + 8..<page + 12])
            bytes.replaceSubrange(page + 22..<page + 24, with: [1, 0])
        }
        #expect(throws: RPMDatabaseError.circular) { try headers(.berkeley, bytes) }
    }
}
