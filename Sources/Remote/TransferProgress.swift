import Synchronization

/// Tells how far several transfers are that belong together.
package final class TransferProgress: Sendable {
    /// - Parameters:
    ///   - received: bytes so far.
    ///   - total: bytes of all transfers that were begun.
    package typealias Report = @Sendable (_ received: Int64, _ total: Int64) -> Void

    private struct State {
        var received: Int64 = 0
        var total: Int64 = 0
        var told: Int64 = 0
    }

    /// Who is told wants to know each megabyte, and not each packet.
    private static let step: Int64 = 1 << 20

    private let state = Mutex(State())
    private let report: Report

    /// - Parameter report: called from any thread.
    package init(_ report: @escaping Report) { self.report = report }

    func expect(_ bytes: Int64) { state.withLock { $0.total += bytes } }

    /// What is sent once more after a broken transfer counts once.
    func receive(_ bytes: Int) {
        let news = state.withLock { state -> (Int64, Int64)? in
            state.received = min(state.total, state.received + Int64(bytes))
            guard state.received - state.told >= Self.step || state.received == state.total else {
                return nil
            }
            state.told = state.received
            return (state.received, state.total)
        }
        if let news { report(news.0, news.1) }
    }
}
