import Git
import Logging

extension HeadWatcher {
    /// Looks at a remote once, and hands over what moved.
    @Sendable func look(at remote: Remote) async -> Poller.Outcome {
        do {
            let heads = try await RemoteHeads.list(remote.url, patience: settings.patience)
            var moved: [WatchedSource] = []
            for source in remote.sources where await hasMoved(source, in: heads) { moved.append(source) }
            if !moved.isEmpty { try await fetch(remote.url, for: moved) }
            return .seen
        } catch is CancellationError {
            // The daemon stops; what is there will be seen at the next start.
            return .failed(retryAfter: nil)
        } catch {
            let message = (error as? GitError)?.forPeople ?? "\(error)"
            for source in remote.sources { await faults.raise(message, source.name) }
            return .failed(retryAfter: nil)
        }
    }

    /// Whether a source is to be looked at closely; one whose branch is not there is a fault.
    private func hasMoved(_ source: WatchedSource, in heads: RemoteHeads) async -> Bool {
        do throws(GitError) {
            guard try heads.resolve(source.reference).commit.description == source.known else { return true }
            await faults.clear(source.name)
        } catch { await faults.raise(error.forPeople, source.name) }
        return false
    }

    private func fetch(_ url: RemoteURL, for sources: [WatchedSource]) async throws {
        let path = settings.mirrors + "/" + url.mirrorName
        let heads = try await Repository.fetch(from: url, intoMirror: path, patience: settings.patience)
        let mirror = try RepositoryReader(at: path)
        for source in sources {
            do {
                // The head may have moved, or gone, since the heads were listed.
                guard let seen = try await mirror.read({ try source.observe(heads, in: $0) }) else {
                    continue
                }
                try await found(seen)
                logger.info(
                    "Head moved",
                    metadata: [
                        "task": "\(seen.task)", "source": "\(seen.source)", "commit": "\(seen.commit)",
                        "movement": "\(seen.movement.rawValue)",
                    ])
                await faults.clear(source.name)
            } catch let error as GitError where !error.isTransient {
                await faults.raise(error.forPeople, source.name)
            }
        }
    }
}

extension WatchedSource {
    /// What a look at the fetched mirror shows; `nil` when the head is where it was known to be.
    ///
    /// Throws ``Git/GitError`` when the branch or the folder is not there.
    fileprivate func observe(_ heads: RemoteHeads, in mirror: Repository) throws(GitError) -> HeadObservation?
    {
        let head = try heads.resolve(reference)
        guard head.commit.description != known else { return nil }
        let commit = try mirror.commit(head.commit)
        let (movement, count) = try movement(to: head.commit, in: mirror)
        return HeadObservation(
            taskID: taskID, task: task, source: name, branch: head.name, previousCommit: known,
            commit: head.commit.description, tree: try mirror.tree(of: head.commit, at: folder).description,
            movement: movement, commitCount: count, title: commit.title, author: commit.author.name)
    }

    private func movement(
        to new: ObjectID, in mirror: Repository
    ) throws(GitError) -> (HeadObservation.Movement, commits: Int?) {
        guard let known else { return (.first, nil) }
        return switch try mirror.movement(from: ObjectID(known), to: new) {
        case .forward(let commits): (.forward, commits)
        case .rewound: (.rewound, nil)
        case .unrelated, .unmoved: (.unrelated, nil)
        }
    }
}
