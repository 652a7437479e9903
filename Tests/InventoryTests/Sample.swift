@testable import Inventory
import Testing

/// A file as its program writes it, and the packages that are in it.
struct Sample: Sendable, CustomTestStringConvertible {
    let path: String
    let text: String
    /// The package URLs, in the file's order.
    let purls: [String]

    init(_ path: String, _ purls: [String], _ text: String) {
        self.path = path
        self.text = text
        self.purls = purls
    }

    var testDescription: String { path }

    static let debian = Distribution(id: "debian", versionID: "12")

    func read(_ bytes: [UInt8]? = nil) throws -> Findings {
        let kind = try #require(PackageFile(path: path), "no kind of file is known by \(path)")
        return kind.read(InventoryFile(path: path, bytes: bytes ?? Array(text.utf8)), of: Self.debian)
    }

    static let all = systems + javaScript + python + others
}
