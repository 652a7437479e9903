import Glibc
import Synchronization

/// The logs of runs: one file a run, named by it, only ever appended to.
///
/// A byte's offset in the file is its name for those who follow the log: they ask for what comes behind the last one
/// they have.
package struct RunLogs: Sendable {
    private let directory: String
    private let hub: RunHub

    /// - Parameter directory: exists, and is this daemon's alone.
    package init(directory: String, hub: RunHub) {
        self.directory = directory
        self.hub = hub
    }

    private func path(of run: RunID) -> String { "\(directory)/\(run).log" }

    /// Opens the run's log for appending.
    package func writer(for run: RunID) throws(RunLogError) -> RunLog {
        let file = open(path(of: run), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw RunLogError("open the log of \(run)", errno) }
        return RunLog(run: run, file: file, hub: hub)
    }

    /// The bytes of the log from `offset`, at most `limit`; none at its end, or where there is no log yet.
    package func bytes(
        of run: RunID, from offset: Int64, limit: Int = 64 << 10
    ) throws(RunLogError) -> [UInt8] {
        let file = open(path(of: run), O_RDONLY | O_CLOEXEC)
        if file < 0, errno == ENOENT { return [] }
        guard file >= 0 else { throw RunLogError("open the log of \(run)", errno) }
        defer { close(file) }
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            let result = pread(file, buffer.baseAddress, limit, off_t(offset))
            if result < 0 { failure = errno }
            count = max(0, result)
        }
        guard failure == 0 else { throw RunLogError("read the log of \(run)", failure) }
        return bytes
    }
}

/// The log of one run, open for appending; many may write lines to it.
package final class RunLog: Sendable {
    private let run: RunID
    private let file: Int32
    private let hub: RunHub
    /// What went wrong with writing; a run does not fail for its log, but its end says so.
    private let failure = Mutex<Int32>(0)

    init(run: RunID, file: Int32, hub: RunHub) {
        self.run = run
        self.file = file
        self.hub = hub
    }

    deinit { close(file) }

    /// Appends a line behind the time; more lines in `text` get it too.
    package func line(_ text: String) {
        let time = Timestamp.now
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        append(lines.map { "\(time) \($0)\n" }.joined())
    }

    private func append(_ text: String) {
        var text = text
        let isWritten = text.withUTF8 { bytes in
            // One call, in append mode: lines of different writers do not mix.
            write(file, bytes.baseAddress, bytes.count) == bytes.count
        }
        if !isWritten { failure.withLock { $0 = errno == 0 ? ENOSPC : errno } }
        hub.wake(run)
    }

    /// Why the log is not whole, or `nil`.
    package var fault: String? {
        let code = failure.withLock { $0 }
        return code == 0 ? nil : String(cString: strerror(code))
    }
}

/// What the operating system reported of a log.
package struct RunLogError: Error, Hashable, CustomStringConvertible {
    package let operation: String
    package let message: String

    init(_ operation: String, _ code: Int32) {
        self.operation = operation
        message = String(cString: strerror(code))
    }

    package var description: String { "could not \(operation): \(message)" }
}
