import Synchronization
import TaskFile

/// The newest version of each task, parsed.
final class DefinitionCache: Sendable {
    private struct Entry {
        var version: Int
        var definition: TaskDefinition
    }

    private let entries = Mutex<[Int64: Entry]>([:])

    /// Throws ``TaskFileError`` when the text cannot be read; that is found out anew each time.
    func definition(of task: RegisteredTask) throws(TaskFileError) -> TaskDefinition {
        let known = entries.withLock { $0[task.id] }
        if let known, known.version == task.version { return known.definition }
        let definition = try task.definition()
        entries.withLock { $0[task.id] = Entry(version: task.version, definition: definition) }
        return definition
    }
}
