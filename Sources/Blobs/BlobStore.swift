import Cryptography
import Glibc
package import OCI

/// Bytes named by their digest, one file a blob.
///
/// A blob that is there is whole: it is written beside its place, synced, and renamed. All calls block; callers
/// on the cooperative pool go through ``BlobUpload`` and ``BlobStore/chunks(of:from:)``.
package struct BlobStore: Sendable {
    /// The store's folder: `ALGORITHM/XX/HEX` for blobs, `incoming/` for what is being written.
    package let directory: String

    var incoming: String { "\(directory)/incoming" }

    /// Opens or makes a store.
    ///
    /// Throws ``BlobError`` when the folder cannot be made.
    package init(directory: String) throws(BlobError) {
        self.directory = directory
        try FileSystem.makeDirectory(directory)
        try FileSystem.makeDirectory(incoming)
        for algorithm in Digest.Algorithm.allCases {
            try FileSystem.makeDirectory("\(directory)/\(algorithm.rawValue)")
        }
    }

    /// Removes what writers left behind when their process ended; call it before any writer starts.
    package func sweepIncoming() throws(BlobError) {
        for name in try FileSystem.names(in: incoming) {
            try FileSystem.remove("\(incoming)/\(name)")
        }
    }

    /// Where the blob is, or would be.
    package func path(of digest: Digest) -> String {
        "\(directory)/\(digest.algorithm.rawValue)/\(digest.hex.prefix(2))/\(digest.hex)"
    }

    /// The blob's size in bytes, or `nil` where the store does not have it.
    package func size(of digest: Digest) throws(BlobError) -> Int64? {
        try FileSystem.size(of: path(of: digest))
    }

    /// Opens a blob for reading.
    ///
    /// Throws ``BlobError`` with the reason `unknown` when the store does not have it.
    package func reader(of digest: Digest) throws(BlobError) -> BlobReader {
        do { return try BlobReader(path: path(of: digest)) } catch {
            throw error.reason == .unknown ? .unknown(digest) : error
        }
    }

    /// A whole blob, for documents.
    ///
    /// Throws ``BlobError`` when it is not there, or is larger than `limit` bytes.
    package func bytes(of digest: Digest, limit: Int = 4 << 20) throws(BlobError) -> [UInt8] {
        let reader = try reader(of: digest)
        guard reader.size <= limit else {
            throw BlobError(
                "read the blob \(digest)", message: "it has \(reader.size) bytes, more than \(limit)")
        }
        var bytes = [UInt8](repeating: 0, count: Int(reader.size))
        let count = try reader.read(into: &bytes, at: 0)
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// Stores bytes in memory and names them.
    package func write(_ bytes: [UInt8]) throws -> Digest {
        let digest = try Digest(of: bytes)
        if try claim(digest) != nil { return digest }
        var writer = try BlobWriter(store: self)
        try writer.append(bytes)
        return try writer.finish(expecting: digest).digest
    }

    /// Removes a blob; one that is not there is no error.
    package func remove(_ digest: Digest) throws(BlobError) { try FileSystem.remove(path(of: digest)) }

    /// Moves a finished, synced file to its place by name.
    func adopt(_ file: String, as digest: Digest) throws(BlobError) {
        let place = path(of: digest)
        let folder = "\(directory)/\(digest.algorithm.rawValue)/\(digest.hex.prefix(2))"
        let isNew = try FileSystem.makeDirectory(folder)
        try FileSystem.rename(file, to: place)
        try FileSystem.syncDirectory(folder)
        if isNew { try FileSystem.syncDirectory("\(directory)/\(digest.algorithm.rawValue)") }
    }
}

/// What the operating system reported of a blob's file.
package struct BlobError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Reason: Sendable, Hashable {
        case unknown
        case diskFull
        case digestMismatch
        case other
    }

    package let reason: Reason
    /// What was being done, as a verb phrase.
    package let operation: String
    package let message: String

    init(_ operation: String, errno code: Int32) {
        reason =
            switch code {
            case ENOENT: .unknown
            case ENOSPC, EDQUOT, EFBIG: .diskFull
            default: .other
            }
        self.operation = operation
        message = String(cString: strerror(code))
    }

    init(_ operation: String, reason: Reason = .other, message: String) {
        self.reason = reason
        self.operation = operation
        self.message = message
    }

    static func unknown(_ digest: Digest) -> BlobError {
        BlobError("read the blob \(digest)", reason: .unknown, message: "the store does not have it")
    }

    package var description: String { "could not \(operation): \(message)" }
}
