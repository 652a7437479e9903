import OCI

/// A file of an image whose content tells of packages.
package struct InventoryFile: Hashable, Sendable {
    /// Relative to the image's root.
    package let path: String
    package let bytes: [UInt8]

    package init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }

    /// The lines without their endings; bytes that are no UTF-8 become U+FFFD.
    var lines: [Substring] {
        Substring(String(decoding: bytes, as: UTF8.self)).lines
    }

    /// The document, or `nil` and a note where it is none.
    func json(_ findings: inout Findings) -> JSONValue? {
        // Programs of Microsoft's begin JSON with a byte order mark.
        let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        do {
            return try JSONValue(parsing: bytes.dropFirst(hasMark ? 3 : 0))
        } catch {
            findings.note("\(error)", in: path)
            return nil
        }
    }
}
