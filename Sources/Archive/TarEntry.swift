/// One member of a tar archive, without its content.
package struct TarEntry: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case file
        case directory
        case symbolicLink
        case hardLink
        case characterDevice(major: Int, minor: Int)
        case blockDevice(major: Int, minor: Int)
        case fifo
    }

    /// Relative to the root: no leading slash, no trailing one, no `.` or `..` components.
    package var path: String
    package var kind: Kind
    /// The permission bits with set-user-id, set-group-id and sticky: at most `0o7777`.
    package var mode: UInt16
    package var uid: Int
    package var gid: Int
    /// The content's number of bytes; 0 for all but files.
    package var size: Int64
    /// Seconds since 1970-01-01 00:00:00 UTC.
    package var modified: Int64
    /// Where a link points; a hard link's target is a path of the same archive.
    package var linkTarget: String
    package var extendedAttributes: [String: [UInt8]]

    package init(
        path: String, kind: Kind, mode: UInt16, uid: Int = 0, gid: Int = 0, size: Int64 = 0,
        modified: Int64 = 0, linkTarget: String = "", extendedAttributes: [String: [UInt8]] = [:]
    ) {
        self.path = path
        self.kind = kind
        self.mode = mode
        self.uid = uid
        self.gid = gid
        self.size = size
        self.modified = modified
        self.linkTarget = linkTarget
        self.extendedAttributes = extendedAttributes
    }
}

/// Why an archive cannot be read or written.
package struct ArchiveError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was being done, as a verb phrase.
    package let operation: String
    package let message: String

    package init(_ operation: String, message: String) {
        self.operation = operation
        self.message = message
    }

    package var description: String { "could not \(operation): \(message)" }
}
