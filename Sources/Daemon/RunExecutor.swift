import Blobs
import BuildHost
import Builder
import FoundationEssentials
import Git
import Logging
import OCI
import Registry
import Remote
import Runs
import TaskFile

/// Executes runs: brings the context, and does the steps one after the other.
struct RunExecutor: Sendable {
    let runs: RunStore
    let local: LocalImages
    let client: RegistryClient
    let builder: ImageBuilder
    /// What `ADD` brings by URL.
    let remoteSources: any RemoteSources
    let mirrors: GitMirrors
    /// Called when a task stands on an image that it did not stand on before: it is to be watched from now on.
    let basesChanged: @Sendable () -> Void
    /// The daemon's own registry.
    var registry: EmbeddedRegistry { local.registry }

    /// Executes one claimed run. Throws ``RunFailure``, or `CancellationError` when it was stopped.
    func execute(_ run: Run, _ log: RunLog) async throws {
        do {
            try await withTimeLimit(seconds: try definition(of: run, RunSource()).timeout, "the run") {
                try await attempt(run, log)
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw RunFailure(classifying: error)
        }
    }

    private func attempt(_ run: Run, _ log: RunLog) async throws {
        let causes = try await runs.details(of: run.id).causes
        for cause in causes { log.line("Cause: \(cause.summary)") }
        var source = try await source(of: run, log)
        source.triggeredBy = causes.first?.change.kind ?? ""
        let definition = try definition(of: run, source)
        let steps = definition.steps.enumerated().map { RunStep(position: $0, id: $1.id, kind: $1.kind) }
        try await runs.begin(steps, of: run)
        let job = RunJob(
            run: run, log: log, source: source, images: RunImages(local: local, client: client))
        for (position, step) in definition.steps.enumerated() {
            try await execute(step, at: position, job)
        }
    }

    private func execute(_ step: StepDefinition, at position: Int, _ job: RunJob) async throws {
        job.log.line("Step \(step.id): \(step.kind)")
        try await runs.set(.running, ofStep: position, of: job.run)
        do {
            try await withTimeLimit(seconds: step.timeout, "the step `\(step.id)`") {
                switch step.action {
                case .build(let build): try await self.build(build, job)
                case .push(let references): try await push(references, job)
                }
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            let failure = RunFailure(classifying: error)
            let state: StepState = if case .timedOut = failure { .timedOut } else { .failed }
            guard step.ignoreErrors else {
                try await runs.set(state, ofStep: position, of: job.run, message: failure.message)
                throw failure
            }
            job.log.line("error: \(failure.message)")
            job.log.line("Step \(step.id) failed; the task says to go on")
            return try await runs.set(.ignored, ofStep: position, of: job.run, message: failure.message)
        }
        try await runs.set(.succeeded, ofStep: position, of: job.run)
    }

    private func definition(of run: Run, _ source: RunSource) throws -> TaskDefinition {
        let values = RunValues(
            id: run.id.description, registry: registry.host.description, date: run.created.compact,
            commit: source.commit, branch: source.branch, repository: source.repository,
            triggeredBy: source.triggeredBy, taskName: run.taskName, architecture: Platform.host.architecture)
        return try TaskDefinition(parsing: run.text, file: run.file, values: values)
    }
}

/// A run while it executes.
struct RunJob: Sendable {
    let run: Run
    let log: RunLog
    let source: RunSource
    let images: RunImages
}

/// What a run builds from.
struct RunSource: Sendable {
    /// The files, before `.dockerignore`; `nil` where the task has no source.
    var context: (any FileTree)?
    /// The commit's time, in seconds since 1970-01-01 00:00:00 UTC.
    var time: Int64 = 0
    var commit = ""
    var branch = ""
    var repository = ""
    /// The kind of the first cause.
    var triggeredBy = ""
}
