package import Git
package import Logging
import ServiceLifecycle

/// Polls the heads of tasks' sources, and hands over those that moved.
///
/// One poll of a URL serves all its sources. At most eight URLs are asked at a time, and one of a host; a
/// server that hangs delays its own sources only.
package struct HeadWatcher: Service {
    package struct Settings: Sendable {
        /// The folder of bare mirrors, each named by ``Git/RemoteURL/mirrorName``.
        package var mirrors: String
        /// Between two looks at a source that does not say itself.
        package var interval: Duration
        package var patience: Patience
        package var timing: PollTiming

        package init(
            mirrors: String, interval: Duration = .seconds(60), patience: Patience = Patience(),
            timing: PollTiming = PollTiming(clock: .continuous)
        ) {
            self.mirrors = mirrors
            self.interval = interval
            self.patience = patience
            self.timing = timing
        }
    }

    /// What is watched now.
    package typealias Sources = @Sendable () async throws -> [WatchedSource]
    /// Takes an observation. When it has returned, ``Sources`` gives the observed commit as the known one;
    /// when it throws, the observation is made again later.
    package typealias Found = @Sendable (HeadObservation) async throws -> Void
    /// Takes a fault's message, each time that it is seen, or `nil` at the end of it; and its subject, a
    /// source as ``HeadObservation/source`` writes it.
    package typealias Fault = @Sendable (String?, String) async -> Void

    let settings: Settings
    let logger: Logger
    let found: Found
    let faults: FaultBoard
    private let sources: Sources
    private let poller: Poller

    package init(
        settings: Settings, logger: Logger, sources: @escaping Sources, found: @escaping Found,
        fault: @escaping Fault
    ) {
        self.settings = settings
        self.logger = logger
        self.sources = sources
        self.found = found
        faults = FaultBoard(logger: logger, fault: fault)
        poller = Poller(timing: settings.timing, slots: 8, logger: logger)
    }

    /// Reads the sources anew; those that are new or changed are looked at at once.
    package func poke() { poller.knock() }

    /// Has a URL, as its sources write it, looked at at once, whatever it failed with before.
    package func poke(url: String) { poller.want(url) }

    package func run() async throws { await poller.run(list: remotes, look: look) }

    /// A URL, and the sources that it serves.
    struct Remote: Sendable {
        var url: RemoteURL
        var sources: [WatchedSource]
    }

    /// The sources by URL; one whose URL is malformed is a fault.
    @Sendable func remotes() async throws -> [Poller.Watched<Remote>] {
        var remotes: [String: Remote] = [:]
        for source in try await sources() {
            do throws(GitError) {
                let url = try RemoteURL(source.url)
                remotes[source.url, default: Remote(url: url, sources: [])].sources.append(source)
            } catch { await faults.raise(error.forPeople, source.name) }
        }
        return remotes.map { name, remote in
            let interval = remote.sources.map { $0.interval ?? settings.interval }.min() ?? settings.interval
            let members = Set(remote.sources.map { "\($0.taskID) \($0.name)" })
            return Poller.Watched(
                subject: PollSchedule.Subject(
                    name: name, lane: remote.url.host, interval: interval, members: members),
                payload: remote)
        }
    }
}
