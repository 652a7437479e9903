import ControlAPI
import Runs
import TaskFile

extension RunRecord {
    init(_ run: Run, triggers: [String] = [], at now: Timestamp = .now) {
        self.init(
            id: "\(run.id)", task: run.taskName, taskVersion: run.taskVersion, state: run.state.rawValue,
            created: "\(run.created)", attempt: run.attempt)
        message = run.message
        started = run.started.map { "\($0)" }
        finished = run.finished.map { "\($0)" }
        seconds = run.state == .queued ? nil : run.seconds(at: now)
        source = run.source
        commit = run.commit
        branch = run.branch
        self.triggers = triggers
    }
}

extension RunDetail {
    init(_ details: RunDetails) {
        self.init(
            run: RunRecord(details.run, triggers: details.causes.map(\.change.kind)),
            causes: details.causes.map { cause in
                CauseRecord(
                    event: cause.eventID, time: "\(cause.time)", kind: cause.change.kind,
                    summary: cause.summary)
            },
            steps: details.steps.map(StepRecord.init),
            bases: details.bases.map { base in
                BaseRecord(
                    reference: base.reference, digest: base.digest, isRuntime: base.isRuntime,
                    file: base.place.file,
                    line: base.place.line, instruction: base.place.instruction)
            },
            outputs: details.outputs.map { OutputRecord(reference: $0.reference, digest: $0.digest) })
    }
}

extension StepRecord {
    init(_ step: RunStep) {
        self.init(id: step.id, kind: step.kind, state: step.state.rawValue)
        message = step.message
        started = step.started.map { "\($0)" }
        finished = step.finished.map { "\($0)" }
        if let start = step.started { seconds = (step.finished ?? .now).seconds(since: start) }
    }
}

extension TaskRecord {
    init(_ task: RegisteredTask) throws {
        let definition = try task.definition()
        var triggers: [String] = []
        if definition.commitTrigger.isEnabled { triggers.append("commit") }
        if definition.baseImageTrigger.isEnabled { triggers.append("baseImage") }
        self.init(
            name: task.name, version: task.version, description: definition.description,
            source: definition.source.map { "\($0)" }, triggers: triggers, origin: task.origin,
            file: task.file,
            updated: "\(task.updated)")
    }
}
