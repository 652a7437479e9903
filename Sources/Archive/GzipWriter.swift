import CLibisal
import Dispatch
import Synchronization

/// Compresses a stream of chunks on several threads into one gzip member (RFC 1952).
///
/// The bytes depend on the chunks alone, not on the number of threads, the machine or the time: a fixed header,
/// chunks compressed each for itself, one checksum.
///
/// One thread calls ``write(_:)`` and ``finish()``; both block while the workers are behind. `output` is called with
/// the compressed bytes in order, by one thread at a time.
package final class GzipWriter: Sendable {
    private struct Job {
        let index: Int
        let chunk: [UInt8]
        let isLast: Bool
        /// What the chunk is compressed, where that is known; the chunk itself is then not needed.
        var compressed: [UInt8]?
    }

    /// ID1 ID2, deflate, no flags, no time, no extra flags, unknown operating system.
    private static let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]

    private struct State {
        var jobs: [Job] = []
        var compressed: [Int: [UInt8]] = [:]
        var spareChunks: [[UInt8]] = []
        var nextIndex = 0
        var nextOutput = 0
        var isWriting = false
        var failure: (any Error)?
        var checksum: UInt32 = 0
        var length: Int64 = 0
        var written: [CompressedChunk] = []
    }

    private let state = Mutex(State())
    private let output: @Sendable ([UInt8]) throws -> Void
    private let threads: Int
    private let slots: DispatchSemaphore
    private let jobs = DispatchSemaphore(value: 0)
    private let workers = WorkerThreads()

    /// Starts the workers.
    package init(threads: Int, output: @escaping @Sendable ([UInt8]) throws -> Void) throws {
        self.threads = max(1, threads)
        self.output = output
        slots = DispatchSemaphore(value: self.threads * 2 + 1)
        try output(Self.header)
        try workers.start(self.threads) { self.work() }
    }

    /// An empty chunk to fill; one that was used before, where there is one.
    package func spareChunk() -> [UInt8] {
        state.withLock { $0.spareChunks.popLast() } ?? []
    }

    /// Hands a chunk to the workers.
    ///
    /// Throws what compression or `output` threw for an earlier chunk.
    package func write(_ chunk: [UInt8]) throws { try enqueue(chunk, isLast: false) }

    package func write(_ chunk: [UInt8], compressed: [UInt8]) throws {
        try enqueue(chunk, isLast: false, compressed: compressed)
    }

    package var writtenChunks: [CompressedChunk] {
        var offset = Int64(Self.header.count)
        return state.withLock { state in
            state.written.map { chunk in
                defer { offset += Int64(chunk.length) }
                return CompressedChunk(
                    offset: offset, length: chunk.length, rawLength: chunk.rawLength, checksum: chunk.checksum
                )
            }
        }
    }

    /// Ends the member and waits for the last byte to be written.
    package func finish() throws {
        try enqueue([], isLast: true)
        stopWorkers()
        let (checksum, length) = try state.withLock { state in
            if let failure = state.failure { throw failure }
            return (state.checksum, state.length)
        }
        let trailer = (0..<4).map { UInt8(truncatingIfNeeded: checksum >> ($0 * 8)) }
        try output(trailer + (0..<4).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) })
    }

    /// Ends the workers without ending the member: what was written is to be thrown away.
    package func abandon() { stopWorkers() }

    private func stopWorkers() {
        for _ in 0..<threads { jobs.signal() }
        workers.join()
    }

    private func enqueue(_ chunk: [UInt8], isLast: Bool, compressed: [UInt8]? = nil) throws {
        slots.wait()
        // The checksum of the whole needs no lock: it is one thread that calls this.
        let before = state.withLock { $0.checksum }
        let checksum = Self.checksum(chunk, after: before)
        let own = isLast ? 0 : Self.checksum(chunk, after: 0)
        let failure = state.withLock { state -> (any Error)? in
            state.checksum = checksum
            state.length += Int64(chunk.count)
            state.jobs.append(
                Job(
                    index: state.nextIndex, chunk: compressed == nil ? chunk : [], isLast: isLast,
                    compressed: compressed))
            state.nextIndex += 1
            if !isLast {
                state.written.append(
                    CompressedChunk(offset: 0, length: 0, rawLength: chunk.count, checksum: own))
            }
            return state.failure
        }
        jobs.signal()
        if let failure { throw failure }
    }

    private static func checksum(_ chunk: [UInt8], after before: UInt32) -> UInt32 {
        chunk.withUnsafeBufferPointer { crc32_gzip_refl(before, $0.baseAddress, UInt64($0.count)) }
    }

    private func work() {
        let deflater = Deflater()
        while true {
            jobs.wait()
            // A signal without a job means that there will be no more.
            guard let job = state.withLock({ $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }) else { return }
            do {
                settle(job, try job.compressed ?? deflater.compress(job.chunk, isLast: job.isLast))
            } catch { fail(error) }
            if job.compressed == nil { recycle(job.chunk) }
            slots.signal()
        }
    }

    private func recycle(_ chunk: consuming [UInt8]) {
        chunk.removeAll(keepingCapacity: true)
        let spare = chunk
        state.withLock { $0.spareChunks.append(spare) }
    }

    /// Writes all that is next in order, unless another worker is doing so: it will then find this one too.
    private func settle(_ job: Job, _ bytes: [UInt8]) {
        var next: [UInt8]? = state.withLock { state in
            state.compressed[job.index] = bytes
            if !job.isLast { state.written[job.index].length = bytes.count }
            return Self.takeNext(&state, isContinuing: false)
        }
        while let bytes = next {
            do { try output(bytes) } catch { fail(error) }
            next = state.withLock { Self.takeNext(&$0, isContinuing: true) }
        }
    }

    private static func takeNext(_ state: inout State, isContinuing: Bool) -> [UInt8]? {
        if state.isWriting, !isContinuing { return nil }
        let next = state.failure == nil ? state.compressed.removeValue(forKey: state.nextOutput) : nil
        state.isWriting = next != nil
        if next != nil { state.nextOutput += 1 }
        return next
    }

    private func fail(_ error: any Error) {
        state.withLock { state in
            if state.failure == nil { state.failure = error }
        }
    }
}
