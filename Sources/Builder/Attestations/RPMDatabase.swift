import Blobs

/// A database that RPM keeps the headers of installed packages in.
///
/// Three formats are in use; each is read page by page from a scratch file, which has no name, so that no library
/// could open it, and which was written by whoever made the image.
protocol RPMDatabase {
    /// Hands over each header, in the database's order.
    ///
    /// Throws ``RPMDatabaseError`` at what is damaged; what came before counts.
    func headers(_ body: ([UInt8]) throws -> Void) throws
}

extension RPMDatabase {
    /// No package known has a header that is near so large.
    static var maximumHeaderSize: Int { 64 << 20 }
}

/// The names that RPM databases have, by the folders that they may be in.
enum RPMDatabaseFile: String, CaseIterable {
    case sqlite = "rpmdb.sqlite"
    case ndb = "Packages.db"
    case berkeley = "Packages"

    static let folders = ["usr/lib/sysimage/rpm", "var/lib/rpm", "usr/share/rpm"]

    func open(_ bytes: StoredBytes, log: StoredBytes?) throws -> any RPMDatabase {
        switch self {
        case .sqlite: try SQLiteDatabase(bytes, log: log)
        case .ndb: try NdbDatabase(bytes)
        case .berkeley: try BerkeleyDatabase(bytes)
        }
    }
}

/// Why a database cannot be read, or not to its end.
enum RPMDatabaseError: Error, Equatable, CustomStringConvertible {
    case truncated
    case circular
    case headerTooLarge(Int)
    case unknownFormat(expected: String)
    case encrypted

    var description: String {
        switch self {
        case .truncated: "the database ends early"
        case .circular: "the database's pages follow each other in a circle"
        case .headerTooLarge(let size): "the database claims a header of \(size) bytes"
        case .unknownFormat(let expected): "the file is not \(expected)"
        case .encrypted: "the database is encrypted"
        }
    }
}
