package import GRDB
import Synchronization

/// The one SQLite file that holds every fact of a daemon.
///
/// Writes are serial, each call of ``write(_:)`` one transaction; it is durable when the call returns
/// (`synchronous=FULL`). Reads see the last committed state and never wait for a writer (WAL).
package struct StateDatabase: Sendable {
    private let pool: DatabasePool
    private let syncLevel = SyncLevel()

    /// Opens or makes the file, and brings its tables up to date.
    ///
    /// - Parameter migrations: every room's, in the order in which they are to run; a migration that has landed
    ///   is never changed.
    ///
    /// Throws ``DatabaseError`` when the file was written by a newer Slipway, and GRDB's error when SQLite cannot
    /// open it.
    package init(path: String, migrations: [Migration]) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.foreignKeysEnabled = true
        pool = try DatabasePool(path: path, configuration: configuration)
        try Self.migrate(pool, path: path, migrations)
    }

    private static func migrate(_ pool: DatabasePool, path: String, _ migrations: [Migration]) throws {
        var migrator = DatabaseMigrator()
        for migration in migrations {
            migrator.registerMigration(migration.name) { try $0.execute(sql: migration.sql) }
        }
        let isNewer = try pool.read { try migrator.hasBeenSuperseded($0) }
        guard !isNewer else { throw StateDatabaseError.writtenByNewerVersion(path: path) }
        try migrator.migrate(pool)
    }

    /// Reads one consistent snapshot.
    package func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws
        -> Value
    {
        try await pool.read(body)
    }

    /// Runs one transaction; it is committed and on disk when this returns, and undone when `body` throws.
    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        try await write(.full, body)
    }

    private func write<Value: Sendable>(
        _ level: SyncLevel.Level, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        try await pool.writeWithoutTransaction { db in
            // Each sets its own before it begins: what went wrong with the one before changes nothing.
            try syncLevel.set(level, of: db)
            return try db.transaction(body)
        }
    }

    /// Runs one transaction likewise, without waiting for the disk.
    ///
    /// A loss of power, though no end of the program, may undo it, until a later ``write(_:)`` returns: for what would
    /// be found out or done anew then.
    package func writeLazily<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        try await write(.normal, body)
    }

    /// Closes the file; every later call throws.
    package func close() throws { try pool.close() }
}

/// What the one connection that writes waits for at the end of a transaction.
private final class SyncLevel: Sendable {
    enum Level: String {
        case normal = "NORMAL"
        case full = "FULL"
    }

    /// Not known at first: GRDB sets a pool's writer to NORMAL once it is prepared.
    private let current = Mutex<Level?>(nil)

    /// Called by that connection, outside of a transaction.
    func set(_ level: Level, of db: Database) throws {
        guard current.withLock({ $0 != level }) else { return }
        current.withLock { $0 = nil }
        try db.execute(sql: "PRAGMA synchronous = \(level.rawValue)")
        current.withLock { $0 = level }
    }
}

extension Database {
    fileprivate func transaction<Value>(_ body: (Database) throws -> Value) throws -> Value {
        // What the body throws comes out of the transaction: this stands for nothing.
        var result = Result<Value, any Error>.failure(CancellationError())
        try inTransaction(.immediate) {
            result = .success(try body(self))
            return .commit
        }
        return try result.get()
    }
}

/// A numbered, forward change of the tables.
package struct Migration: Sendable {
    /// `ROOM-NUMBER`, unique for ever.
    package let name: String
    package let sql: String

    package init(_ name: String, _ sql: String) {
        self.name = name
        self.sql = sql
    }
}

/// Why a state database cannot be used.
package enum StateDatabaseError: Error, Equatable, CustomStringConvertible {
    case writtenByNewerVersion(path: String)

    package var description: String {
        switch self {
        case .writtenByNewerVersion(let path):
            "the database `\(path)` was written by a newer slipway: run that version, or restore an older copy"
        }
    }
}
