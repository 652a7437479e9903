import Archive
import Dispatch
import Glibc
import Synchronization

/// Lists directories that somebody is about to ask for, on other cores than theirs.
///
/// One thread asks. What nobody has begun to list when it is asked for, that thread lists itself.
final class DirectoryLister: Sendable {
    private enum Listing {
        case waiting
        case running
        case finished(Result<[FileNode], any Error>)
    }

    private struct State {
        /// By path.
        var listings: [PathKey: Listing] = [:]
        /// The last is listed next.
        var waiting: [FileNode] = []
        var isStarted = false
        var isStopped = false
    }

    private let tree: any FileTree
    private let state = Mutex(State())
    private let jobs = DispatchSemaphore(value: 0)
    /// A signal for each directory that was listed by a worker.
    private let finished = DispatchSemaphore(value: 0)
    private let workers = WorkerThreads()
    private let threads: Int

    init(_ tree: any FileTree) {
        self.tree = tree
        threads = min(4, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) - 1)
    }

    /// Says which directories will be asked for next, in order.
    func expect(_ directories: [FileNode]) {
        guard threads > 0, !directories.isEmpty else { return }
        let isFirst = state.withLock { state in
            for directory in directories { state.listings[PathKey(directory.path)] = .waiting }
            state.waiting += directories.reversed()
            defer { state.isStarted = true }
            return !state.isStarted
        }
        // Where the system gives no thread, who asks lists.
        if isFirst { try? workers.start(threads) { self.work() } }
        for _ in directories { jobs.signal() }
    }

    /// What a directory holds, as ``FileTree/children(of:)`` tells it.
    func children(of directory: FileNode) throws -> [FileNode] {
        let key = PathKey(directory.path)
        while true {
            let listing = state.withLock { state -> Listing? in
                if case .running = state.listings[key] { return .running }
                return state.listings.removeValue(forKey: key)
            }
            switch listing {
            case .finished(let children): return try children.get()
            case .running: finished.wait()
            case .waiting, nil: return try tree.children(of: directory)
            }
        }
    }

    /// Ends the threads.
    func stop() {
        state.withLock { $0.isStopped = true }
        for _ in 0..<max(0, threads) { jobs.signal() }
        workers.join()
    }

    private func work() {
        while true {
            jobs.wait()
            let next = state.withLock { state -> FileNode?? in
                if state.isStopped { return .none }
                return .some(Self.takeNext(&state))
            }
            guard let next else { return }
            guard let directory = next else { continue }
            let children = Result { try tree.children(of: directory) }
            state.withLock { $0.listings[PathKey(directory.path)] = .finished(children) }
            finished.signal()
        }
    }

    /// The next directory that nobody has asked for.
    private static func takeNext(_ state: inout State) -> FileNode? {
        while let directory = state.waiting.popLast() {
            let key = PathKey(directory.path)
            guard case .waiting = state.listings[key] else { continue }
            state.listings[key] = .running
            return directory
        }
        return nil
    }
}
