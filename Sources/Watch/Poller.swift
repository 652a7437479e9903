import Logging
import ServiceLifecycle

/// The loop that every watcher is: it wakes by an alarm, a knock, or the end of a look, and begins what is
/// due.
struct Poller: Sendable {
    /// How a look ended.
    enum Outcome: Hashable, Sendable {
        /// What is there was seen.
        case seen
        /// The other side could not be asked, or what it said not be kept.
        case failed(retryAfter: Duration?)
    }

    /// A subject, and what a look at it needs to know.
    struct Watched<Payload: Sendable>: Sendable {
        var subject: PollSchedule.Subject
        var payload: Payload
    }

    private enum Event: Sendable {
        case knock
        case wanted(String)
        case alarm(Duration)
        case ended(String, Outcome)
    }

    /// How long to wait after what is watched could not be read.
    private static let listRetry = Duration.seconds(10)

    let timing: PollTiming
    let slots: Int
    let logger: Logger
    private let events: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation

    init(timing: PollTiming, slots: Int, logger: Logger) {
        self.timing = timing
        self.slots = slots
        self.logger = logger
        (events, continuation) = AsyncStream.makeStream(of: Event.self)
        continuation.yield(.knock)
    }

    /// Reads anew what is watched; what is new is looked at at once.
    func knock() { continuation.yield(.knock) }

    /// Has one subject looked at at once.
    func want(_ name: String) { continuation.yield(.wanted(name)) }

    /// Looks until graceful shutdown or cancellation; then looks that go on are canceled.
    ///
    /// - Parameters:
    ///   - list: what is watched now; asked before each round of looks, so that each knows the newest.
    ///   - look: looks at one subject.
    func run<Payload: Sendable>(
        list: @Sendable () async throws -> [Watched<Payload>],
        look: @escaping @Sendable (Payload) async -> Outcome
    ) async {
        var schedule = PollSchedule(slots: slots)
        var alarm: Duration?
        await withDiscardingTaskGroup { group in
            for await event in events.cancelOnGracefulShutdown() {
                let now = timing.now()
                let isListWanted = apply(event, to: &schedule, &alarm, at: now)
                var next: Duration?
                if isListWanted || schedule.nextDue.map({ $0 <= now }) ?? false {
                    let begun = await begin(list, in: &schedule, at: now)
                    for watched in begun ?? [] {
                        group.addTask {
                            continuation.yield(.ended(watched.subject.name, await look(watched.payload)))
                        }
                    }
                    if begun == nil { next = now + Self.listRetry }
                }
                guard let next = next ?? schedule.nextDue, next < alarm ?? .seconds(Int64.max) else {
                    continue
                }
                alarm = next
                group.addTask {
                    // A canceled sleep means that the loop has ended.
                    guard (try? await timing.sleep(next)) != nil else { return }
                    continuation.yield(.alarm(next))
                }
            }
            group.cancelAll()
        }
    }

    /// Returns whether what is watched is to be read anew.
    private func apply(
        _ event: Event, to schedule: inout PollSchedule, _ alarm: inout Duration?, at now: Duration
    ) -> Bool {
        switch event {
        case .knock: return true
        case .wanted(let name): schedule.want(name, at: now)
        // An earlier alarm may have taken the place of one that goes off only now.
        case .alarm(let time): if alarm == time { alarm = nil }
        case .ended(let name, .seen): schedule.succeed(name, at: now, jitter: timing.jitter())
        case .ended(let name, .failed(let retryAfter)):
            schedule.fail(name, at: now, retryAfter: retryAfter, jitter: timing.jitter())
        }
        return false
    }

    /// The subjects whose look begins now; `nil` when what is watched could not be read.
    private func begin<Payload>(
        _ list: @Sendable () async throws -> [Watched<Payload>], in schedule: inout PollSchedule,
        at now: Duration
    ) async -> [Watched<Payload>]? {
        do {
            let watched = try await list()
            schedule.watch(watched.map(\.subject), at: now)
            let begun = Set(schedule.beginDue(at: now))
            return watched.filter { begun.contains($0.subject.name) }
        } catch {
            logger.error("What is watched cannot be read", metadata: ["error": "\(error)"])
            return nil
        }
    }
}
