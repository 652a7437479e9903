/// Why the queue did not do as it was asked.
package enum RunError: Error, Hashable, CustomStringConvertible {
    case unknownTask(String)
    case unknownRun(String)
    case nameTaken(String)
    case nameless(file: String)
    case notCancelable(RunID, RunState)
    case managedByFile(task: String, origin: String)
    case damagedRow(String)

    package var description: String {
        switch self {
        case .unknownTask(let name): "no task named `\(name)`"
        case .unknownRun(let id): "no run `\(id)`"
        case .nameTaken(let name): "a task named `\(name)` is there already"
        case .nameless(let file): "the task file `\(file)` has no `name`, and none was given"
        case .notCancelable(let id, let state): "the run \(id) is \(state.rawValue) already"
        case .managedByFile(let task, let origin):
            "the task `\(task)` is kept equal to `\(origin)`: change it there"
        case .damagedRow(let why): "the database holds what this program never writes: \(why)"
        }
    }
}
