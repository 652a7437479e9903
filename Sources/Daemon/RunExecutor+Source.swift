import BuildHost
import Builder
import Git
import OCI
import Runs
import TaskFile

extension RunExecutor {
    /// Brings the run's files: the commit that it was queued for, the head where it was queued without one, or an
    /// uploaded archive.
    func source(of run: Run, _ log: RunLog) async throws -> RunSource {
        if let context = run.context {
            let tree = try await ContextArchive.open(try Digest(context), in: local.blobs)
            return RunSource(context: tree)
        }
        guard let location = try TaskDefinition(parsing: run.text, file: run.file).source else {
            return RunSource()
        }
        let commit = try await commit(of: run, location, log)
        let path = mirrors.path(of: try RemoteURL(location.url))
        let (record, tree) = try await RepositoryReader(at: path).read { repository in
            (try repository.commit(commit.id), try repository.tree(of: commit.id, at: location.folder))
        }
        log.line("Source: commit \(commit.id) \"\(record.title)\" of \(location)")
        return RunSource(
            context: GitTree(
                repository: try Repository(at: path), commit: record, tree: tree, folder: location.folder),
            time: record.time,
            commit: commit.id.description, branch: commit.branch, repository: location.description)
    }

    private func commit(
        of run: Run, _ location: SourceLocation, _ log: RunLog
    ) async throws -> (id: ObjectID, branch: String) {
        let url = try RemoteURL(location.url)
        if let text = run.commit {
            let id = try ObjectID(text)
            if await mirrors.holds(id, of: url) { return (id, run.branch ?? "") }
            log.line("Fetching \(url)")
            try await mirrors.fetch(url)
            if await mirrors.holds(id, of: url) { return (id, run.branch ?? "") }
            log.line("The commit \(id) is no longer there; building the head instead")
        } else {
            log.line("Fetching \(url)")
        }
        let heads = try await mirrors.fetch(url)
        let found = try heads.resolve(location.reference)
        try await runs.setCommit(found.commit.description, branch: found.name, of: run)
        return (found.commit, found.name)
    }
}
