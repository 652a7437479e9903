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
        /// By index; the last is what ends the deflate stream.
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

    package func write(_ chunk: [UInt8], compressed: [UInt8], from place: CompressedChunk) throws {
        try enqueue(chunk, isLast: false, compressed: compressed, place)
    }

    package var writtenChunks: [CompressedChunk] {
        var offset = Int64(Self.header.count)
        return state.withLock { $0.written.dropLast() }.map { chunk in
            defer { offset += Int64(chunk.length) }
            var chunk = chunk
            chunk.offset = offset
            return chunk
        }
    }

    /// Ends the member and waits for the last byte to be written.
    package func finish() throws {
        try enqueue([], isLast: true)
        stopWorkers()
        let written = try state.withLock { state in
            if let failure = state.failure { throw failure }
            return state.written
        }
        var (checksum, length) = (UInt32(0), Int64(0))
        for chunk in written {
            let count = Int64(chunk.rawLength)
            checksum = Checksum.joined(checksum, chunk.rawChecksum, secondLength: count)
            length += count
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

    /// - Parameter place: what is known of a chunk that was compressed before.
    private func enqueue(
        _ chunk: [UInt8], isLast: Bool, compressed: [UInt8]? = nil, _ place: CompressedChunk? = nil
    ) throws {
        slots.wait()
        let failure = state.withLock { state -> (any Error)? in
            state.jobs.append(
                Job(
                    index: state.nextIndex, chunk: compressed == nil ? chunk : [], isLast: isLast,
                    compressed: compressed))
            state.nextIndex += 1
            // What it becomes is not known yet.
            let unknown = CompressedChunk(
                offset: 0, length: 0, rawLength: chunk.count, checksum: 0, rawChecksum: 0)
            state.written.append(place ?? unknown)
            return state.failure
        }
        jobs.signal()
        if let failure { throw failure }
    }

    private func work() {
        let deflater = Deflater()
        while true {
            jobs.wait()
            // A signal without a job means that there will be no more.
            guard let job = state.withLock({ $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }) else { return }
            do { settle(job, try job.compressed ?? compress(job, deflater)) } catch {
                fail(error)
                slots.signal()
            }
            if job.compressed == nil { recycle(job.chunk) }
        }
    }

    private func compress(_ job: Job, _ deflater: borrowing Deflater) throws -> [UInt8] {
        let bytes = try deflater.compress(job.chunk, isLast: job.isLast)
        let (checksum, rawChecksum) = (Checksum(of: bytes).value, Checksum(of: job.chunk).value)
        state.withLock { state in
            state.written[job.index].length = bytes.count
            state.written[job.index].checksum = checksum
            state.written[job.index].rawChecksum = rawChecksum
        }
        return bytes
    }

    private func recycle(_ chunk: consuming [UInt8]) {
        chunk.removeAll(keepingCapacity: true)
        let spare = chunk
        state.withLock { $0.spareChunks.append(spare) }
    }

    /// Writes all that is next in order, unless another worker is doing so: it will then find this one too.
    ///
    /// A chunk's slot is free when its bytes are written, not when they are made: else those that wait for a slow disk
    /// would fill the memory.
    private func settle(_ job: Job, _ bytes: [UInt8]) {
        var next: [UInt8]? = state.withLock { state in
            state.compressed[job.index] = bytes
            return Self.takeNext(&state, isContinuing: false)
        }
        dropIfFailed()
        while let bytes = next {
            do { try output(bytes) } catch { fail(error) }
            slots.signal()
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
        dropIfFailed()
    }

    /// Once something failed nothing is written any more, and nobody is to wait for it.
    private func dropIfFailed() {
        let dropped = state.withLock { state in
            guard state.failure != nil else { return 0 }
            defer { state.compressed.removeAll() }
            return state.compressed.count
        }
        for _ in 0..<dropped { slots.signal() }
    }
}
