import AsyncAlgorithms
import FoundationEssentials
import Logging
import Runs
import ServiceLifecycle
import Synchronization
import TaskFile

/// Keeps the daemon's tasks equal to a folder of task files.
///
/// A file that is wrong changes nothing: the last good version of its task stays, and the fault is told.
struct TaskFolder: Service {
    let directory: String
    let runs: RunStore
    let logger: Logger
    /// Called when a task was added, changed or removed.
    let tasksChanged: @Sendable () -> Void
    private let names = TaskNames()

    init(
        directory: String, runs: RunStore, logger: Logger, tasksChanged: @escaping @Sendable () -> Void
    ) {
        self.directory = directory
        self.runs = runs
        self.logger = logger
        self.tasksChanged = tasksChanged
    }

    func run() async throws {
        let ticks = AsyncTimerSequence(interval: .seconds(2), clock: .continuous).map { _ in }
        var told: [String: String] = [:]
        await synchronize(&told)
        for await _ in ticks.cancelOnGracefulShutdown() { await synchronize(&told) }
    }

    /// Looks at the folder once.
    ///
    /// - Parameter told: the faults that were told already, by file.
    func synchronize(_ told: inout [String: String]) async {
        var faults: [String: String] = [:]
        do {
            let files = try taskFiles()
            let tasks = Dictionary(
                try await runs.tasks().map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
            var names: Set<String> = []
            for file in files {
                do { names.insert(try await synchronize(file, tasks)) } catch {
                    faults[file.name] = "\(error)"
                    // The task of a file that cannot be read now stays as it was.
                    names.formUnion(tasks.values.filter { $0.file == file.name }.map(\.name))
                }
            }
            try await removeTasks(tasks.values.filter { $0.origin == directory && !names.contains($0.name) })
        } catch {
            faults[directory] = "\(error)"
        }
        for (file, fault) in faults where told[file] != fault {
            logger.warning(
                "A task file cannot be used; its task stays as it was",
                metadata: ["file": "\(file)", "error": "\(fault)"])
        }
        for file in told.keys where faults[file] == nil {
            logger.info("A task file can be used again", metadata: ["file": "\(file)"])
        }
        told = faults
    }

    private struct File {
        /// Its path, as error messages name it.
        var name: String
        var text: String
        /// What the task is called where the file does not say.
        var taskName: String
    }

    private func taskFiles() throws -> [File] {
        try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
            .filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
            .map { name in
                let path = "\(directory)/\(name)"
                let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
                return File(name: path, text: text, taskName: String(name.prefix { $0 != "." }))
            }
    }

    /// Returns the task's name.
    private func synchronize(_ file: File, _ tasks: [String: RegisteredTask]) async throws -> String {
        let name = try names.name(ofFile: file.name, file.text) ?? file.taskName
        guard TaskDefinition.isTaskName(name) else { throw RunError.nameless(file: file.name) }
        if let task = tasks[name] {
            if task.text == file.text, task.file == file.name, task.origin == directory { return name }
            guard task.file == file.name || task.origin != directory else { throw RunError.nameTaken(name) }
            _ = try await runs.updateTask(named: name, text: file.text, file: file.name, origin: directory)
            logger.info("A task changed", metadata: ["task": "\(name)", "file": "\(file.name)"])
        } else {
            _ = try await runs.createTask(text: file.text, file: file.name, name: name, origin: directory)
            logger.info("A task was added", metadata: ["task": "\(name)", "file": "\(file.name)"])
        }
        tasksChanged()
        return name
    }

    private func removeTasks(_ tasks: [RegisteredTask]) async throws {
        for task in tasks {
            try await runs.deleteTask(named: task.name, origin: directory)
            logger.info("A task was removed", metadata: ["task": "\(task.name)", "file": "\(task.file)"])
            tasksChanged()
        }
    }
}

/// The names that task files give their tasks; a file that stays as it is is parsed once.
private final class TaskNames: Sendable {
    private let known = Mutex<[String: (text: String, name: String?)]>([:])

    /// `nil` where the file does not say. Throws ``TaskFileError`` when it is wrong.
    func name(ofFile file: String, _ text: String) throws(TaskFileError) -> String? {
        if let known = known.withLock({ $0[file] }), known.text == text { return known.name }
        let name = try TaskDefinition(parsing: text, file: file).name
        known.withLock { $0[file] = (text, name) }
        return name
    }
}
