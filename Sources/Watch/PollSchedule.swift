/// When each subject of a watcher is to be looked at next.
///
/// It knows neither clocks nor tasks: times are durations since the watcher began, and each event is one
/// call. A look is begun by ``beginDue(at:)`` and ended by ``succeed(_:at:jitter:)`` or
/// ``fail(_:at:retryAfter:jitter:)``.
struct PollSchedule: Sendable {
    /// What is to be watched, and how often.
    struct Subject: Hashable, Sendable {
        /// A URL, an image reference.
        var name: String
        /// Subjects of one lane, a host's, are looked at one at a time; `nil` waits for no other.
        var lane: String?
        var interval: Duration
        /// Those for whom the subject is watched. When one more comes, it is looked at at once.
        var members: Set<String> = []
    }

    /// How many subjects may be looked at at a time.
    let slots: Int
    private var entries: [String: Entry] = [:]

    /// A subject that fails again and again is looked at less often, up to these.
    static let longestBackoffFactor = 16
    static let longestBackoff = Duration.seconds(600)

    private struct Entry: Sendable {
        var subject: Subject
        var due: Duration
        var failures = 0
        var isBeingLookedAt = false
        /// Somebody asked for a look while one was going on that may have seen too little.
        var isWantedAgain = false
        /// Nobody watches it any longer, but the look that goes on still takes its slot and lane.
        var isForgotten = false

        var isIdle: Bool { !isBeingLookedAt }

        mutating func want(at now: Duration) {
            isWantedAgain = isBeingLookedAt
            if isIdle { due = now }
        }
    }

    init(slots: Int) { self.slots = slots }

    /// Replaces what is watched; a subject that is new, or has a new member, is due at once.
    mutating func watch(_ subjects: [Subject], at now: Duration) {
        var old = entries
        entries = [:]
        for subject in subjects {
            var entry = old.removeValue(forKey: subject.name) ?? Entry(subject: subject, due: now)
            if !subject.members.isSubset(of: entry.subject.members) { entry.want(at: now) }
            // A shorter interval counts from now on, not only after the long one has passed.
            if subject.interval < entry.subject.interval, entry.failures == 0 {
                entry.due = min(entry.due, now + subject.interval)
            }
            entry.subject = subject
            entry.isForgotten = false
            entries[subject.name] = entry
        }
        for (name, var entry) in old where entry.isBeingLookedAt {
            entry.isForgotten = true
            entries[name] = entry
        }
    }

    /// Makes a subject due at once, whatever it failed with before.
    mutating func want(_ name: String, at now: Duration) { entries[name]?.want(at: now) }

    /// Marks those subjects as being looked at whose time, slot and lane have come, the longest due first.
    mutating func beginDue(at now: Duration) -> [String] {
        var begun: [String] = []
        var (free, lanes) = occupation
        let due = entries.values.filter { $0.due <= now && $0.isIdle }
            .sorted { ($0.due, $0.subject.name) < ($1.due, $1.subject.name) }
        for entry in due where free > 0 {
            if let lane = entry.subject.lane, !lanes.insert(lane).inserted { continue }
            entries[entry.subject.name]?.isBeingLookedAt = true
            begun.append(entry.subject.name)
            free -= 1
        }
        return begun
    }

    /// Ends a look that saw what there is.
    ///
    /// - Parameter jitter: between -1 and 1.
    mutating func succeed(_ name: String, at now: Duration, jitter: Double) {
        end(name, at: now) { entry in
            entry.failures = 0
            entry.due = now + Self.spread(entry.subject.interval, jitter)
        }
    }

    /// Ends a look that failed; the next one comes later and later.
    ///
    /// - Parameter retryAfter: how long the other side asked to be left alone.
    mutating func fail(_ name: String, at now: Duration, retryAfter: Duration?, jitter: Double) {
        end(name, at: now) { entry in
            entry.failures += 1
            let wait = Self.spread(Self.backoff(entry.subject.interval, failures: entry.failures), jitter)
            entry.due = now + max(wait, retryAfter ?? .zero)
        }
    }

    /// When the next look may begin, as far as that is a matter of time alone; `nil` while it is not.
    var nextDue: Duration? {
        let (free, lanes) = occupation
        guard free > 0 else { return nil }
        return entries.values
            .filter { entry in entry.isIdle && !(entry.subject.lane.map(lanes.contains) ?? false) }
            .map(\.due).min()
    }

    private mutating func end(_ name: String, at now: Duration, _ settle: (inout Entry) -> Void) {
        guard var entry = entries[name], entry.isBeingLookedAt else { return }
        guard !entry.isForgotten else { return entries[name] = nil }
        entry.isBeingLookedAt = false
        settle(&entry)
        if entry.isWantedAgain { entry.want(at: now) }
        entries[name] = entry
    }

    private var occupation: (free: Int, lanes: Set<String>) {
        let busy = entries.values.filter(\.isBeingLookedAt)
        return (slots - busy.count, Set(busy.compactMap(\.subject.lane)))
    }

    private static func backoff(_ interval: Duration, failures: Int) -> Duration {
        let factor = min(1 << min(failures, 30), longestBackoffFactor)
        return max(interval, min(interval * factor, longestBackoff))
    }

    /// A tenth more or less, so that those who began together do not ask together for ever.
    private static func spread(_ duration: Duration, _ jitter: Double) -> Duration {
        duration + duration / 10 * jitter
    }
}
