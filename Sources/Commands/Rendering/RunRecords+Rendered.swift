package import ControlAPI
package import Terminal

extension RunList: Rendered {
    package func lines(on terminal: Terminal) -> [String] {
        Table(
            [
                .init("RUN"), .init("TASK", minimumWidth: 8), .init("STATE"), .init("CAUSE", minimumWidth: 6),
                .init("COMMIT"), .init("BRANCH", minimumWidth: 6), .init("CREATED"),
                .init("TOOK", isNumber: true), .init("MESSAGE", minimumWidth: 8),
            ],
            rows: runs.map { run in
                [
                    Cell(run.id), Cell(run.task), RunState.cell(run.state),
                    Cell(run.triggers.joined(separator: ",")), Cell(run.shortCommit), Cell(run.branch),
                    Cell(terminal.time(run.created)), Cell(Quantity.duration(seconds: run.seconds)),
                    Cell(run.message),
                ]
            }
        ).lines(on: terminal)
    }
}

extension RunRecord: Rendered {
    package func lines(on terminal: Terminal) -> [String] { fields(on: terminal).lines(on: terminal) }

    /// As many digits of the commit as Git itself shows.
    var shortCommit: String? { commit.map { String($0.prefix(10)) } }

    func fields(on terminal: Terminal) -> FieldList {
        var fields = FieldList()
        fields.add("run", id)
        fields.add("task", "\(task) (version \(taskVersion))")
        fields.add("state", [RunState.cell(state)])
        fields.add("message", message)
        fields.add("source", source)
        fields.add("commit", commit)
        fields.add("branch", branch)
        fields.add("created", terminal.time(created))
        fields.add("started", terminal.time(started))
        fields.add("finished", terminal.time(finished))
        fields.add("took", Quantity.duration(seconds: seconds))
        if attempt > 1 { fields.add("attempt", "\(attempt)") }
        return fields
    }
}

extension RunDetail: Rendered {
    package func lines(on terminal: Terminal) -> [String] {
        var fields = run.fields(on: terminal)
        fields.add("because", causes.map { Cell($0.summary) })
        fields.add("stands on", bases.map { Cell($0.text) })
        fields.add("published", outputs.map { Cell("\($0.reference)@\($0.digest)") })
        let table = Table(
            [
                .init("STEP", minimumWidth: 8), .init("KIND"), .init("STATE"), .init("TOOK", isNumber: true),
                .init("MESSAGE", minimumWidth: 12),
            ],
            rows: steps.map { step in
                [
                    Cell(step.id), Cell(step.kind), RunState.cell(step.state),
                    Cell(Quantity.duration(seconds: step.seconds)), Cell(step.message),
                ]
            })
        return fields.lines(on: terminal) + (steps.isEmpty ? [] : [""] + table.lines(on: terminal))
    }
}

extension BaseRecord {
    /// The image, and where it is named.
    var text: String {
        "\(reference)@\(digest) (`\(instruction)` of \(file) line \(line)\(isRuntime ? "" : ", build time only"))"
    }
}

extension WhyRecord: Rendered {
    /// From what was asked for back to what caused it.
    package func lines(on terminal: Terminal) -> [String] {
        let run = detail.run
        var fields = FieldList()
        if subject != run.id { fields.add("image", subject) }
        let name = "\(run.id), task \(run.task) (version \(run.taskVersion))"
        fields.add("run", "\(name), \(RunState.claim(run.state))")
        fields.add("because", detail.causes.map { Cell($0.summary, style: .bold) })
        fields.add("source", run.source)
        fields.add("commit", run.commit.map { $0 + (run.branch.map { " on \($0)" } ?? "") })
        fields.add("stands on", detail.bases.map { Cell($0.text) })
        fields.add("published", detail.outputs.map { Cell("\($0.reference)@\($0.digest)") })
        fields.add("message", run.message)
        return fields.lines(on: terminal)
    }
}

extension QueuedRuns: Rendered {
    /// The runs' ids alone, for scripts.
    package func lines(on terminal: Terminal) -> [String] { runs }
}
