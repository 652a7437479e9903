import Database
import GRDB
import TestSupport
import Testing

@Suite("A state database", .temporaryDirectory) struct StateDatabaseTests {
    static let first = Migration("test-1", "CREATE TABLE thing (name TEXT PRIMARY KEY)")
    static let second = Migration("test-2", "ALTER TABLE thing ADD COLUMN size INTEGER NOT NULL DEFAULT 7")

    private func path() throws -> String { try TemporaryDirectory.required.path("state.sqlite") }

    @Test func `commits durably`() async throws {
        let database = try StateDatabase(path: path(), migrations: [Self.first])
        let mode = try await database.write { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
        #expect(mode == 2, "2 is FULL")
        let journal = try await database.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") }
        #expect(journal == "wal")
    }

    @Test func `does not wait for the disk where it is told so, and does again afterwards`() async throws {
        let database = try StateDatabase(path: path(), migrations: [Self.first])
        let lazy = try await database.writeLazily { db in
            try db.execute(sql: "INSERT INTO thing (name) VALUES ('a')")
            return try Int.fetchOne(db, sql: "PRAGMA synchronous")
        }
        #expect(lazy == 1, "1 is NORMAL")
        #expect(try await database.write { try Int.fetchOne($0, sql: "PRAGMA synchronous") } == 2)
        #expect(try await database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM thing") } == 1)
    }

    @Test func `undoes a lazy transaction that throws, and is durable afterwards`() async throws {
        struct Stop: Error {}
        let database = try StateDatabase(path: path(), migrations: [Self.first])
        await #expect(throws: Stop.self) {
            try await database.writeLazily { db in
                try db.execute(sql: "INSERT INTO thing (name) VALUES ('a')")
                throw Stop()
            }
        }
        #expect(try await database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM thing") } == 0)
        #expect(try await database.write { try Int.fetchOne($0, sql: "PRAGMA synchronous") } == 2)
    }

    @Test func `keeps rows when a later version adds to the tables`() async throws {
        let old = try StateDatabase(path: path(), migrations: [Self.first])
        try await old.write { try $0.execute(sql: "INSERT INTO thing (name) VALUES ('a')") }
        try old.close()
        let new = try StateDatabase(path: path(), migrations: [Self.first, Self.second])
        #expect(try await new.read { try Int.fetchOne($0, sql: "SELECT size FROM thing") } == 7)
    }

    @Test func `written by a newer version is refused`() async throws {
        try StateDatabase(path: path(), migrations: [Self.first, Self.second]).close()
        let file = try path()
        #expect(throws: StateDatabaseError.writtenByNewerVersion(path: file)) {
            try StateDatabase(path: file, migrations: [Self.first])
        }
    }

    @Test func `undoes a transaction that throws`() async throws {
        struct Stop: Error {}
        let database = try StateDatabase(path: path(), migrations: [Self.first])
        await #expect(throws: Stop.self) {
            try await database.write { db in
                try db.execute(sql: "INSERT INTO thing (name) VALUES ('a')")
                throw Stop()
            }
        }
        #expect(try await database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM thing") } == 0)
    }
}
