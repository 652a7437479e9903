import CLibarchive

/// Keeps the bytes that libarchive was lent until it asks for more.
final class SourceBox {
    private let source: () throws -> [UInt8]
    let skip: ((Int64) throws -> Int64)?
    private var lent = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var capacity = 0
    var failure: (any Error)?

    init(_ source: @escaping () throws -> [UInt8], skip: ((Int64) throws -> Int64)? = nil) {
        self.source = source
        self.skip = skip
    }

    deinit { lent.deallocate() }

    func nextBytes() throws -> UnsafeRawBufferPointer {
        let bytes = try source()
        if bytes.count > capacity {
            lent.deallocate()
            lent = .allocate(byteCount: bytes.count, alignment: 16)
            capacity = bytes.count
        }
        lent.copyBytes(from: bytes)
        return UnsafeRawBufferPointer(rebasing: lent[..<bytes.count])
    }
}

/// The compressions that archives and layers come in.
///
/// libarchive knows more; but those it undoes with other programs, which are not to be run on what strangers wrote, and
/// it would take a text of uuencode for an archive.
func supportCompressions(_ archive: OpaquePointer) {
    archive_read_support_filter_gzip(archive)
    archive_read_support_filter_bzip2(archive)
    archive_read_support_filter_xz(archive)
    archive_read_support_filter_zstd(archive)
    archive_read_support_filter_lzma(archive)
    archive_read_support_filter_lzip(archive)
    archive_read_support_filter_lz4(archive)
    archive_read_support_filter_compress(archive)
}

/// libarchive's read callback: `context` is the reader's box.
func lendBytes(
    _: OpaquePointer?, _ context: UnsafeMutableRawPointer?, _ buffer: UnsafeMutablePointer<UnsafeRawPointer?>?
) -> Int {
    guard let context, let buffer else { return -1 }
    let box = Unmanaged<SourceBox>.fromOpaque(context).takeUnretainedValue()
    do {
        let bytes = try box.nextBytes()
        buffer.pointee = bytes.baseAddress
        return bytes.count
    } catch {
        box.failure = error
        return -1
    }
}

/// libarchive's skip callback; 0 makes it read instead.
func skipBytes(_: OpaquePointer?, _ context: UnsafeMutableRawPointer?, _ count: la_int64_t) -> la_int64_t {
    guard let context else { return 0 }
    let box = Unmanaged<SourceBox>.fromOpaque(context).takeUnretainedValue()
    do { return try box.skip?(count) ?? 0 } catch {
        box.failure = error
        return la_int64_t(ARCHIVE_FATAL)
    }
}
