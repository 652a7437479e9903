import CLibzstd

/// Compresses a stream of chunks into one zstd frame (RFC 8878) on libzstd's own threads.
///
/// The bytes depend on the level and on what is written, not on the number of threads nor on how it is cut
/// into chunks: libzstd's threaded mode is used for one thread too, with jobs of a fixed size, since its
/// other mode gives other bytes. The frame carries a checksum and, as it is streamed, not the size of its
/// content.
///
/// Used from one thread, which also calls `output`; blocks while the workers are behind.
package final class ZstdWriter: LayerCompressor {
    /// What each job compresses. libzstd's own choice depends on its version, and grows with the level.
    private static let jobSize: Int32 = 4 << 20
    private static let outputSize = 256 << 10

    private let context: OpaquePointer
    private let output: ([UInt8]) throws -> Void
    private var spare: [UInt8] = []

    /// Throws ``ArchiveError`` for a level outside ``Compression/zstdLevels``, and where libzstd has no
    /// threads.
    package init(level: Int, threads: Int, output: @escaping ([UInt8]) throws -> Void) throws(ArchiveError) {
        let levels = Compression.zstdLevels
        guard levels.contains(level) else {
            throw ArchiveError(
                "compress with zstd",
                message: "there is no level \(level): expected \(levels.lowerBound) to \(levels.upperBound)")
        }
        guard let context = ZSTD_createCCtx() else {
            throw ArchiveError("compress with zstd", message: "libzstd has no memory")
        }
        self.context = context
        self.output = output
        try set(ZSTD_c_compressionLevel, Int32(level))
        try set(ZSTD_c_checksumFlag, 1)
        let most = ZSTD_cParam_getBounds(ZSTD_c_nbWorkers).upperBound
        guard most > 0 else {
            throw ArchiveError(
                "compress with zstd", message: "this libzstd has no threads, and would give other bytes")
        }
        try set(ZSTD_c_nbWorkers, Int32(min(max(1, threads), Int(most))))
        try set(ZSTD_c_jobSize, Self.jobSize)
    }

    deinit { ZSTD_freeCCtx(context) }

    package func spareChunk() -> [UInt8] {
        var chunk: [UInt8] = []
        swap(&chunk, &spare)
        return chunk
    }

    package func write(_ chunk: [UInt8]) throws {
        // What the first call brings decides how libzstd begins: it is never nothing, and never the end.
        if chunk.isEmpty { return }
        var position = 0
        while position < chunk.count {
            let (bytes, _) = try compress(chunk, from: &position, ZSTD_e_continue)
            if !bytes.isEmpty { try output(bytes) }
        }
        spare = chunk
        spare.removeAll(keepingCapacity: true)
    }

    package func finish() throws {
        var rest = 1
        var position = 0
        while rest > 0 {
            let (bytes, more) = try compress([], from: &position, ZSTD_e_end)
            if !bytes.isEmpty { try output(bytes) }
            rest = more
        }
    }

    package func abandon() { ZSTD_CCtx_reset(context, ZSTD_reset_session_only) }

    /// One step: takes some of the input and returns what is ready, and how much is known to be still inside.
    private func compress(
        _ chunk: [UInt8], from position: inout Int, _ directive: ZSTD_EndDirective
    ) throws(ArchiveError) -> (bytes: [UInt8], rest: Int) {
        var status = 0
        let bytes = chunk.withUnsafeBytes { input in
            [UInt8](unsafeUninitializedCapacity: Self.outputSize) { buffer, count in
                var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: position)
                var target = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
                status = ZSTD_compressStream2(context, &target, &source, directive)
                position = source.pos
                count = target.pos
            }
        }
        try check(status)
        return (bytes, status)
    }

    private func set(_ parameter: ZSTD_cParameter, _ value: Int32) throws(ArchiveError) {
        try check(ZSTD_CCtx_setParameter(context, parameter, value))
    }

    private func check(_ status: Int) throws(ArchiveError) {
        guard ZSTD_isError(status) == 0 else {
            throw ArchiveError("compress with zstd", message: String(cString: ZSTD_getErrorName(status)))
        }
    }
}
