/// A run as the control API tells it, in a list.
package struct RunRecord: Hashable, Sendable, Codable {
    /// `r1`, `r2`, …
    package var id: String
    package var task: String
    package var taskVersion: Int
    /// `queued`, `running`, `succeeded`, `failed`, `canceled`, `timedOut`, `errored` or `skipped`.
    package var state: String
    /// Why the run stands where it does, where there is more to say than the state.
    package var message: String?
    /// RFC 3339, UTC; so are all times.
    package var created: String
    package var started: String?
    package var finished: String?
    /// Seconds from start to end, or to now.
    package var seconds: Double?
    package var attempt: Int
    package var source: String?
    package var commit: String?
    package var branch: String?
    /// What caused it, in a word each: `head`, `baseImage`, `request`.
    package var triggers: [String]

    package init(id: String, task: String, taskVersion: Int, state: String, created: String, attempt: Int) {
        self.id = id
        self.task = task
        self.taskVersion = taskVersion
        self.state = state
        self.created = created
        self.attempt = attempt
        triggers = []
    }

    /// Whether nothing more will happen to the run.
    package var isFinal: Bool { state != "queued" && state != "running" }
}

/// The answer to `GET /api/v1/runs`: newest first.
package struct RunList: Hashable, Sendable, Codable {
    package var runs: [RunRecord]
    /// The value of `before` that gives the next page, where there may be one.
    package var next: String?

    package init(runs: [RunRecord], next: String? = nil) {
        self.runs = runs
        self.next = next
    }
}

/// The answer to `GET /api/v1/runs/ID`.
package struct RunDetail: Hashable, Sendable, Codable {
    package var run: RunRecord
    package var causes: [CauseRecord]
    package var steps: [StepRecord]
    package var bases: [BaseRecord]
    package var outputs: [OutputRecord]

    package init(
        run: RunRecord, causes: [CauseRecord], steps: [StepRecord], bases: [BaseRecord],
        outputs: [OutputRecord]
    ) {
        self.run = run
        self.causes = causes
        self.steps = steps
        self.bases = bases
        self.outputs = outputs
    }
}

/// An event that a run follows from.
package struct CauseRecord: Hashable, Sendable, Codable {
    package var event: Int64
    package var time: String
    /// `head`, `baseImage` or `request`.
    package var kind: String
    /// A sentence for people, without a final period.
    package var summary: String

    package init(event: Int64, time: String, kind: String, summary: String) {
        self.event = event
        self.time = time
        self.kind = kind
        self.summary = summary
    }
}

/// A step of a run.
package struct StepRecord: Hashable, Sendable, Codable {
    package var id: String
    /// `build` or `push`.
    package var kind: String
    /// `pending`, `running`, `succeeded`, `failed`, `ignored`, `timedOut`, `canceled` or `skipped`.
    package var state: String
    package var message: String?
    package var started: String?
    package var finished: String?
    package var seconds: Double?

    package init(id: String, kind: String, state: String) {
        self.id = id
        self.kind = kind
        self.state = state
    }
}

/// An image that a run's build stood on.
package struct BaseRecord: Hashable, Sendable, Codable {
    package var reference: String
    package var digest: String
    package var isRuntime: Bool
    /// Where it is named: the Dockerfile's path in the context, the line, and `FROM` or `COPY --from`.
    package var file: String
    package var line: Int
    package var instruction: String

    package init(
        reference: String, digest: String, isRuntime: Bool, file: String, line: Int, instruction: String
    ) {
        self.reference = reference
        self.digest = digest
        self.isRuntime = isRuntime
        self.file = file
        self.line = line
        self.instruction = instruction
    }
}

/// A tag that a run published.
package struct OutputRecord: Hashable, Sendable, Codable {
    package var reference: String
    package var digest: String

    package init(reference: String, digest: String) {
        self.reference = reference
        self.digest = digest
    }
}
