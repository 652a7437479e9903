/// What a task file may ask of its run: `{{.Run.ID}}` and `$ID`, and so on (ACR's names).
package struct RunValues: Hashable, Sendable {
    package var id: String
    /// The embedded registry's host and port.
    package var registry: String
    /// `yyyyMMdd-HHmmssz`, UTC.
    package var date: String
    package var commit: String
    package var branch: String
    package var repository: String
    package var triggeredBy: String
    package var taskName: String
    package var architecture: String

    package init(
        id: String, registry: String, date: String, commit: String = "", branch: String = "",
        repository: String = "", triggeredBy: String = "", taskName: String = "",
        architecture: String = "amd64"
    ) {
        self.id = id
        self.registry = registry
        self.date = date
        self.commit = commit
        self.branch = branch
        self.repository = repository
        self.triggeredBy = triggeredBy
        self.taskName = taskName
        self.architecture = architecture
    }

    /// Values that stand for those of a run while a file is checked.
    package static let forChecking = RunValues(
        id: "r1", registry: "registry.example", date: "20000101-000000z",
        commit: String(repeating: "0", count: 40), branch: "main", repository: "repository")

    /// The fields of `.Run`.
    var fields: [String: String] {
        [
            "ID": id, "Registry": registry, "RegistryName": registryName, "Date": date, "Commit": commit,
            "Branch": branch, "Repository": repository, "TriggeredBy": triggeredBy, "TaskName": taskName,
            "OS": "linux", "Architecture": architecture, "SharedVolume": "/workspace", "GitTag": "",
            "OSVersion": "",
        ]
    }

    /// The aliases that stand for fields of `.Run`.
    var aliases: [String: String] {
        let names = [
            "ID", "SharedVolume", "Registry", "RegistryName", "Date", "OS", "Architecture", "Commit",
            "Branch",
        ]
        return fields.filter { names.contains($0.key) }
    }

    private var registryName: String { String(registry.prefix { $0 != "." && $0 != ":" }) }
}
