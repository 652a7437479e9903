import Blobs
import BuildHost
import Git
import Logging
import OCI
import Remote
import Runs
import TaskFile
import Watch

/// Joins the watchers to the runs: what is watched, and what follows from what they see.
struct Watchers: Sendable {
    let runs: RunStore
    let client: RegistryClient
    let registry: EmbeddedRegistry
    let mirrors: GitMirrors
    /// Between two looks, where a task says nothing else.
    let interval: Duration
    let logger: Logger

    func heads() -> HeadWatcher {
        HeadWatcher(
            settings: .init(mirrors: mirrors.directory, interval: interval, patience: mirrors.patience),
            logger: logger,
            sources: { try await sources() },
            found: { _ = try await runs.record(.head(HeadChange($0))) },
            fault: { message, source in await note(message, of: WatchSubject.source(source)) })
    }

    func bases() -> BaseImageWatcher {
        BaseImageWatcher(
            settings: .init(interval: interval), logger: logger,
            calls: .init(
                bases: { try await references() },
                resolve: { try await client.resolve(try ImageReference($0))?.digest.description },
                moved: { reference, digest in
                    _ = try await runs.record(
                        .baseImage(BaseImageChange(reference: reference, digest: digest)))
                },
                fault: { message, reference in await note(message, of: WatchSubject.base(reference)) }))
    }

    private func sources() async throws -> [WatchedSource] {
        let heads = try await runs.knownHeads()
        var sources: [WatchedSource] = []
        for task in try await runs.tasks() {
            guard let definition = try? runs.definition(of: task) else {
                // A text that an older version accepted; its task shows the fault when it is run.
                logger.warning("A task cannot be read any more", metadata: ["task": "\(task.name)"])
                continue
            }
            guard definition.commitTrigger.isEnabled, let source = definition.source else { continue }
            sources.append(
                WatchedSource(
                    taskID: task.id, task: task.name, name: source.description, url: source.url,
                    reference: source.reference, folder: source.folder,
                    interval: definition.commitTrigger.interval.map { .seconds($0) },
                    known: heads[task.id]?[source.description]))
        }
        return sources
    }

    /// Pushes into the embedded registry are told by itself; a digest never moves.
    private func references() async throws -> [WatchedReference] {
        try await runs.watchedBases().compactMap { base in
            let reference = try ImageReference(base.reference)
            guard !registry.isHere(reference.registry), reference.digest == nil else { return nil }
            return WatchedReference(
                reference: base.reference, known: [base.digest], interval: base.interval.map { .seconds($0) })
        }
    }

    private func note(_ message: String?, of subject: String) async {
        do { try await runs.setFault(message, of: subject) } catch {
            logger.error("A fault cannot be noted", metadata: ["subject": "\(subject)", "error": "\(error)"])
        }
    }
}

extension HeadChange {
    fileprivate init(_ seen: HeadObservation) {
        self.init(
            taskID: seen.taskID, source: seen.source, branch: seen.branch,
            previousCommit: seen.previousCommit,
            commit: seen.commit, tree: seen.tree, movement: Movement(seen.movement),
            commitCount: seen.commitCount,
            title: seen.title, author: seen.author)
    }
}

extension HeadChange.Movement {
    fileprivate init(_ movement: HeadObservation.Movement) {
        switch movement {
        case .first: self = .first
        case .forward: self = .forward
        case .rewound: self = .rewound
        case .unrelated: self = .unrelated
        }
    }
}

extension Remote.RegistryError: RetryHint {}
