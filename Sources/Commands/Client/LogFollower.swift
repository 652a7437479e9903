import AsyncHTTPClient
import ControlAPI
import NIOCore

/// Copies a run's log as it grows, until the run is over.
///
/// A connection that breaks is made again, and goes on behind the last byte that arrived: no byte is missing and none
/// comes twice.
struct LogFollower<C: Clock>: Sendable where C.Duration == Duration {
    let client: ControlClient
    let run: String
    let clock: C
    /// How long to try to reach a daemon that was there before.
    var patience = Duration.seconds(60)

    private static var shortestPause: Duration { .milliseconds(50) }
    private static var longestPause: Duration { .seconds(2) }

    /// Returns how the run ended.
    ///
    /// Throws what `write` throws, and ``CommandError`` when the daemon cannot be reached, at once where it never
    /// was.
    func follow(_ write: @Sendable ([UInt8]) throws -> Void) async throws -> RunDetail {
        var offset: Int64 = 0
        var wasReached = false
        var pause = Self.shortestPause
        var giveUp: C.Instant?
        while true {
            do {
                var buffers = try await log(from: offset)
                (wasReached, pause, giveUp) = (true, Self.shortestPause, nil)
                while let buffer = try await client.next(&buffers) {
                    try write(Array(buffer.readableBytesView))
                    offset += Int64(buffer.readableBytes)
                }
                let detail: RunDetail = try await client.answer(to: .init(.GET, "runs", run))
                // A daemon that stops leaves the run to the next one, which goes on with the log.
                if detail.run.isFinal { return detail }
            } catch let error as CommandError where error.status == .unreachable && wasReached {
                let end = giveUp ?? clock.now.advanced(by: patience)
                giveUp = end
                guard clock.now < end else { throw error }
            }
            try await clock.sleep(for: pause)
            pause = min(pause * 2, Self.longestPause)
        }
    }

    private func log(from offset: Int64) async throws -> HTTPClientResponse.Body.AsyncIterator {
        let query = [("offset", "\(offset)"), ("follow", "true")]
        return try await client.stream(.init(.GET, "runs", run, "logs", query: query)).makeAsyncIterator()
    }
}
