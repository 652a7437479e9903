import Terminal

/// How the states of runs and steps read.
enum RunState {
    /// A state as it stands behind "the run".
    static func claim(_ state: String) -> String {
        switch state {
        case "timedOut": "timed out"
        case "canceled": "was canceled"
        case "skipped": "was skipped"
        case "queued", "running": "is \(state)"
        case "errored": "ended in an error"
        default: state
        }
    }

    /// The state in its colour: good news green, bad news red, what goes on cyan.
    static func cell(_ state: String) -> Cell {
        let style: Style? =
            switch state {
            case "succeeded": .green
            case "failed", "errored", "timedOut": .red
            case "running": .cyan
            case "queued", "canceled", "ignored": .yellow
            default: .dim
            }
        return Cell(state, style: style)
    }
}
