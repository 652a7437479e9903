/// Time and chance, as the watchers see them; tests move both by hand.
package struct PollTiming: Sendable {
    /// How long ago the timing was made.
    let now: @Sendable () -> Duration
    /// Sleeps until `now` has come to this; throws `CancellationError` when the task is canceled.
    let sleep: @Sendable (_ until: Duration) async throws -> Void
    /// A number between -1 and 1.
    let jitter: @Sendable () -> Double

    package init(
        clock: some Clock<Duration>, jitter: @escaping @Sendable () -> Double = { .random(in: -1...1) }
    ) {
        let origin = clock.now
        now = { origin.duration(to: clock.now) }
        sleep = { try await clock.sleep(until: origin.advanced(by: $0), tolerance: nil) }
        self.jitter = jitter
    }
}
