package import ControlAPI
package import Terminal

extension TaskList: Rendered {
    package func lines(on terminal: Terminal) -> [String] {
        Table(
            [
                .init("TASK", minimumWidth: 8), .init("VERSION", isNumber: true),
                .init("TRIGGERS", minimumWidth: 8), .init("SOURCE", minimumWidth: 12), .init("UPDATED"),
                .init("LAST RUN"), .init("STATE"), .init("FAULT", minimumWidth: 8),
            ],
            rows: tasks.map { task in
                [
                    Cell(task.name), Cell("\(task.version)"), Cell(task.triggers.joined(separator: ",")),
                    Cell(task.source), Cell(terminal.time(task.updated)), Cell(task.lastRun?.id),
                    task.lastRun.map { RunState.cell($0.state) } ?? Cell(nil), Cell(task.fault, style: .red),
                ]
            }
        ).lines(on: terminal)
    }
}

extension TaskRecord: Rendered {
    /// The task's fields, and its file as it was written.
    package func lines(on terminal: Terminal) -> [String] {
        var fields = FieldList()
        fields.add("task", name)
        fields.add("version", "\(version)")
        fields.add("about", description)
        fields.add("source", source)
        fields.add("triggers", triggers.joined(separator: ", "))
        fields.add("origin", origin == "api" ? "made by a command" : "kept equal to \(origin)")
        fields.add("file", file)
        fields.add("updated", terminal.time(updated))
        fields.add("last run", lastRun.map { "\($0.id), \(RunState.claim($0.state))" })
        fields.add("fault", fault, style: .red)
        let text = (text ?? "").split(separator: "\n", omittingEmptySubsequences: false)
        let body = text.last == "" ? text.dropLast() : text
        return fields.lines(on: terminal)
            + (body.isEmpty ? [] : [""] + body.map { "  " + DisplayText(String($0)).description })
    }
}
