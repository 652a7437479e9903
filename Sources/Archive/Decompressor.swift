import CLibarchive

/// Reads data in any common compression, told by its first bytes; data that is not compressed comes through as it is.
///
/// gzip goes through ISA-L, all else through libarchive. Used from one thread; blocks; memory is constant.
package final class Decompressor {
    private enum Kind {
        case gzip
        case other(OpaquePointer)
    }

    private var kind: Kind?
    private var inflater: Inflater?
    private let box: SourceBox
    private static let outputSize = 256 << 10
    /// How much may still come, in bytes.
    private var rest: Int64
    private let limit: Int64

    /// How large data may become where nobody says otherwise: what is larger was most likely made to fill a disk.
    package static let usualLimit: Int64 = 256 << 30

    /// - Parameters:
    ///   - limit: how large the data may become, in bytes.
    ///   - source: gives the next compressed bytes, and none at the end.
    package init(limit: Int64 = usualLimit, _ source: @escaping () throws -> [UInt8]) throws {
        (self.limit, rest) = (limit, limit)
        let first = try source()
        var pending: [UInt8]? = first
        let whole: () throws -> [UInt8] = {
            if let bytes = pending.take() { return bytes }
            return try source()
        }
        box = SourceBox(whole)
        if first.starts(with: [0x1F, 0x8B]) {
            inflater = Inflater(whole)
            kind = .gzip
        } else {
            kind = try Self.openRaw(box).map(Kind.other)
        }
    }

    deinit {
        if case .other(let archive) = kind { archive_read_free(archive) }
    }

    /// Returns `nil` when there is nothing to read.
    private static func openRaw(_ box: SourceBox) throws(ArchiveError) -> OpaquePointer? {
        guard let archive = archive_read_new() else {
            throw ArchiveError("decompress", message: "libarchive has no memory")
        }
        supportCompressions(archive)
        archive_read_support_format_raw(archive)
        archive_read_support_format_empty(archive)
        // The box outlives the archive: both are the decompressor's.
        var status = archive_read_open(archive, Unmanaged.passUnretained(box).toOpaque(), nil, lendBytes, nil)
        var entry: OpaquePointer?
        if status == ARCHIVE_OK { status = archive_read_next_header(archive, &entry) }
        if status == ARCHIVE_EOF {
            archive_read_free(archive)
            return nil
        }
        guard status == ARCHIVE_OK || status == ARCHIVE_WARN else {
            let message = archive_error_string(archive).map { String(cString: $0) } ?? "no reason given"
            archive_read_free(archive)
            throw ArchiveError("decompress", message: message)
        }
        return archive
    }

    /// The next uncompressed bytes, and none at the end.
    ///
    /// Throws ``ArchiveError`` when the data is damaged, ends early, or becomes larger than it may, and what the source
    /// throws.
    package func next() throws -> [UInt8] {
        let bytes = try piece()
        rest -= Int64(bytes.count)
        guard rest >= 0 else {
            throw ArchiveError(
                "decompress", message: "it becomes larger than \(limit) bytes, which is the limit")
        }
        return bytes
    }

    private func piece() throws -> [UInt8] {
        switch kind {
        case .gzip: return try inflater?.next() ?? []
        case .other(let archive): return try read(archive)
        case nil: return []
        }
    }

    private func read(_ archive: OpaquePointer) throws -> [UInt8] {
        var status = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.outputSize) { buffer, count in
            status = archive_read_data(archive, buffer.baseAddress, buffer.count)
            count = max(0, status)
        }
        if status < 0 {
            let message = archive_error_string(archive).map { String(cString: $0) } ?? "no reason given"
            throw box.failure ?? ArchiveError("decompress", message: message)
        }
        return bytes
    }
}
