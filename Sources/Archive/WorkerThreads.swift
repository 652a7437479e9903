import Glibc
import Synchronization

/// Threads that are the caller's alone.
///
/// Workers wait for each other, and Dispatch gives a program few threads: where those wait, it lends another one only
/// after a second.
package final class WorkerThreads: Sendable {
    private let threads = Mutex<[pthread_t]>([])

    package init() {}

    /// Starts threads, each of which does the work once.
    ///
    /// Throws ``ArchiveError`` when the system gives none; where it gives fewer, those do the work.
    package func start(_ count: Int, _ work: @escaping @Sendable () -> Void) throws(ArchiveError) {
        var started: [pthread_t] = []
        var status: Int32 = 0
        for _ in 0..<count {
            let box = Unmanaged.passRetained(WorkBox(work))
            var thread = pthread_t()
            status = pthread_create(&thread, nil, runWork, box.toOpaque())
            guard status == 0 else {
                box.release()
                break
            }
            started.append(thread)
        }
        guard !started.isEmpty || count <= 0 else {
            throw ArchiveError("start a thread", message: String(cString: strerror(status)))
        }
        let all = started
        threads.withLock { $0 += all }
    }

    /// Waits until all have done their work.
    package func join() {
        let ended = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        for thread in ended { pthread_join(thread, nil) }
    }
}

private final class WorkBox {
    let work: @Sendable () -> Void
    init(_ work: @escaping @Sendable () -> Void) { self.work = work }
}

private func runWork(_ box: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let box { Unmanaged<WorkBox>.fromOpaque(box).takeRetainedValue().work() }
    return nil
}
