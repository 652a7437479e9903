import CLibisal

/// ISA-L's compressor at level 2, for one chunk after another.
///
/// Each chunk is compressed for itself and ends on a byte (a full flush), so that chunks can be made on any
/// thread and joined in order: the bytes depend on the chunk alone. Level 3 gives other bytes on other
/// processors, and is not used.
struct Deflater: ~Copyable {
    private let stream: UnsafeMutablePointer<isal_zstream>
    private let levelBuffer: UnsafeMutableRawPointer
    private static let levelBufferSize = 256 << 10

    init() {
        stream = .allocate(capacity: 1)
        levelBuffer = .allocate(byteCount: Self.levelBufferSize, alignment: 64)
    }

    deinit {
        stream.deallocate()
        levelBuffer.deallocate()
    }

    /// Compresses a chunk; `isLast` ends the deflate stream behind it.
    func compress(_ chunk: [UInt8], isLast: Bool) throws(ArchiveError) -> [UInt8] {
        var status: Int32 = 0
        let capacity = chunk.count + chunk.count / 8 + 1024
        let output = chunk.withUnsafeBytes { input in
            [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
                isal_deflate_init(stream)
                stream.pointee.level = 2
                stream.pointee.level_buf = levelBuffer.assumingMemoryBound(to: UInt8.self)
                stream.pointee.level_buf_size = UInt32(Self.levelBufferSize)
                stream.pointee.end_of_stream = isLast ? 1 : 0
                stream.pointee.flush = UInt16(FULL_FLUSH)
                // ISA-L reads its input only, but its header does not say `const`.
                stream.pointee.next_in = UnsafeMutablePointer(
                    mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
                stream.pointee.avail_in = UInt32(input.count)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(capacity)
                status = isal_deflate(stream)
                count = capacity - Int(stream.pointee.avail_out)
            }
        }
        guard status == COMP_OK, stream.pointee.avail_in == 0, stream.pointee.avail_out > 0 else {
            throw ArchiveError("compress \(chunk.count) bytes", message: "ISA-L answered \(status)")
        }
        return output
    }
}
