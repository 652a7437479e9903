package import Logging
import OCI
import ServiceLifecycle

/// A reference that images stand on, and what they stand on.
package struct WatchedReference: Hashable, Sendable {
    package var reference: String
    /// The digests that tasks' newest builds stand on; while there is none, nothing moves.
    package var known: Set<String>
    /// Between two looks; `nil` is the watcher's own interval.
    package var interval: Duration?

    package init(reference: String, known: Set<String>, interval: Duration? = nil) {
        self.reference = reference
        self.known = known
        self.interval = interval
    }
}

/// An error that says how long the other side asks to be left alone.
package protocol RetryHint: Error {
    var retryAfter: Duration? { get }
}

/// Polls registries for the digests of references, and hands over those that moved.
///
/// One look at a reference serves all tasks that stand on it. At most eight references are asked at a time,
/// and one of a registry.
package struct BaseImageWatcher: Service {
    package struct Settings: Sendable {
        /// Between two looks at a reference that does not say itself.
        package var interval: Duration
        package var timing: PollTiming

        package init(
            interval: Duration = .seconds(300), timing: PollTiming = PollTiming(clock: .continuous)
        ) {
            self.interval = interval
            self.timing = timing
        }
    }

    /// What the watcher calls.
    package struct Calls: Sendable {
        /// What is watched now; the entries of one reference are taken together.
        package var bases: @Sendable () async throws -> [WatchedReference]
        /// The digest that a reference has now; `nil` where the registry has none of that name. An error may
        /// be a ``RetryHint``.
        package var resolve: @Sendable (String) async throws -> String?
        /// Takes a reference and the digest that it has now, which is not the one that all builds stand on.
        /// It is told once for each such digest; when it throws, again later.
        package var moved: @Sendable (String, String) async throws -> Void
        /// Takes a fault's message, each time that it is seen, or `nil` at the end of it; and the reference.
        package var fault: @Sendable (String?, String) async -> Void

        package init(
            bases: @escaping @Sendable () async throws -> [WatchedReference],
            resolve: @escaping @Sendable (String) async throws -> String?,
            moved: @escaping @Sendable (String, String) async throws -> Void,
            fault: @escaping @Sendable (String?, String) async -> Void
        ) {
            self.bases = bases
            self.resolve = resolve
            self.moved = moved
            self.fault = fault
        }
    }

    private let settings: Settings
    private let calls: Calls
    private let logger: Logger
    private let faults: FaultBoard
    private let told = ToldMoves()
    private let poller: Poller

    package init(settings: Settings, logger: Logger, calls: Calls) {
        self.settings = settings
        self.calls = calls
        self.logger = logger
        faults = FaultBoard(logger: logger, fault: calls.fault)
        poller = Poller(timing: settings.timing, slots: 8, logger: logger)
    }

    /// Reads the references anew; those that are new are looked at at once.
    package func poke() { poller.knock() }

    /// Has a reference looked at at once, whatever it failed with before.
    package func poke(reference: String) { poller.want(reference) }

    package func run() async throws { await poller.run(list: references, look: look) }

    @Sendable private func references() async throws -> [Poller.Watched<WatchedReference>] {
        var merged: [String: WatchedReference] = [:]
        for base in try await calls.bases() {
            let interval = base.interval ?? settings.interval
            var entry = merged[base.reference] ?? base
            entry.known.formUnion(base.known)
            entry.interval = min(entry.interval ?? interval, interval)
            merged[base.reference] = entry
        }
        return merged.values.map { base in
            Poller.Watched(
                subject: PollSchedule.Subject(
                    name: base.reference, lane: Self.registry(of: base.reference),
                    interval: base.interval ?? settings.interval),
                payload: base)
        }
    }

    /// Looks at a reference once.
    @Sendable private func look(at base: WatchedReference) async -> Poller.Outcome {
        do {
            guard let digest = try await calls.resolve(base.reference) else {
                await faults.raise("there is no image `\(base.reference)`", base.reference)
                return .seen
            }
            if !base.known.isSubset(of: [digest]), await told.isNews(digest, base) {
                try await calls.moved(base.reference, digest)
                await told.note(digest, base)
                logger.info(
                    "Base image moved", metadata: ["reference": "\(base.reference)", "digest": "\(digest)"])
            }
            await faults.clear(base.reference)
            return .seen
        } catch is CancellationError {
            // The daemon stops; what is there will be seen at the next start.
            return .failed(retryAfter: nil)
        } catch {
            await faults.raise("\(error)", base.reference)
            return .failed(retryAfter: (error as? any RetryHint)?.retryAfter)
        }
    }

    private static func registry(of reference: String) -> String? {
        // What is no reference has no registry to be spared.
        (try? ImageReference(reference))?.registry.description
    }
}

/// The moves that were told already.
///
/// Until the builds that a move causes are done, and when they fail, tasks stand on the old digest: without
/// this, each look would tell the same move again.
private actor ToldMoves {
    private var moves: [String: (digest: String, known: Set<String>)] = [:]

    func isNews(_ digest: String, _ base: WatchedReference) -> Bool {
        guard let told = moves[base.reference] else { return true }
        return told != (digest, base.known)
    }

    func note(_ digest: String, _ base: WatchedReference) { moves[base.reference] = (digest, base.known) }
}
