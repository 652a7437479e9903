import Archive
import Dispatch
import Synchronization

/// Reads and verifies chunks of an older layer ahead of who takes them, on threads of its own.
final class ChunkReader: Sendable {
    struct Chunk: Sendable {
        var raw: [UInt8]
        /// The same, as it is stored.
        var compressed: [UInt8]
        var place: CompressedChunk
    }

    private struct State {
        /// The place in `numbers` of what is to be read next, and taken next.
        var next = 0
        var taken = 0
        var chunks: [Int: Chunk] = [:]
        var isStopped = false
    }

    private let old: ChunkReuse
    /// Those to read, in order.
    private let numbers: [Int]
    private let state = Mutex(State())
    /// One signal for each that was read.
    private let finished: [DispatchSemaphore]
    /// How many may be read before they are taken.
    private let slots: DispatchSemaphore
    private let workers = WorkerThreads()
    private let threads: Int

    /// Throws ``ArchiveError`` when the system gives no thread.
    init(_ old: ChunkReuse, threads: Int) throws {
        self.old = old
        self.threads = max(1, threads)
        numbers = old.places.keys.sorted()
        finished = numbers.map { _ in DispatchSemaphore(value: 0) }
        slots = DispatchSemaphore(value: self.threads * 3)
        try workers.start(self.threads) { self.work() }
    }

    func isWanted(_ number: Int) -> Bool { old.places[number] != nil }

    /// The next of the older layer's chunks behind one that is not among them.
    func nextWanted(after number: Int) -> Int? {
        let place = state.withLock { $0.taken }
        return numbers[place...].first { $0 > number }
    }

    /// Waits for a chunk. They are taken in order, each once.
    ///
    /// Returns `nil` for one that cannot be read, or is damaged.
    func take(_ number: Int) -> Chunk? {
        let place = state.withLock { state in
            defer { state.taken += 1 }
            return state.taken
        }
        finished[place].wait()
        defer { slots.signal() }
        return state.withLock { $0.chunks.removeValue(forKey: number) }
    }

    /// Ends the threads; nothing is taken any more.
    func stop() {
        state.withLock { $0.isStopped = true }
        for _ in 0..<threads { slots.signal() }
        workers.join()
    }

    private func work() {
        while true {
            slots.wait()
            let next = state.withLock { state -> Int? in
                guard !state.isStopped, state.next < numbers.count else { return nil }
                defer { state.next += 1 }
                return state.next
            }
            guard let next else { return }
            let chunk = old.chunk(numbers[next])
            state.withLock { $0.chunks[numbers[next]] = chunk }
            finished[next].signal()
        }
    }
}
