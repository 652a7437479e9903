/// A task's source, as the head watcher needs to know it.
package struct WatchedSource: Hashable, Sendable {
    package var taskID: Int64
    /// The task's name.
    package var task: String
    /// What the source is called in observations and faults: `URL#REF:FOLDER`, without credentials.
    package var name: String
    /// As the task says it, credentials and all.
    package var url: String
    /// A branch, tag or commit; `nil` is the remote's default branch.
    package var reference: String?
    /// The folder whose tree counts; `nil` is the root.
    package var folder: String?
    /// Between two looks; `nil` is the watcher's own interval.
    package var interval: Duration?
    /// The commit of the last observation that was taken; `nil` before the first.
    package var known: String?

    package init(
        taskID: Int64, task: String, name: String, url: String, reference: String? = nil,
        folder: String? = nil,
        interval: Duration? = nil, known: String? = nil
    ) {
        self.taskID = taskID
        self.task = task
        self.name = name
        self.url = url
        self.reference = reference
        self.folder = folder
        self.interval = interval
        self.known = known
    }
}

/// A source's head that is not where it was known to be.
package struct HeadObservation: Hashable, Sendable {
    package enum Movement: String, Hashable, Sendable {
        /// No commit was known before.
        case first
        case forward
        case rewound
        /// Neither commit is the other's ancestor, or the old one is not there any longer.
        case unrelated
    }

    package var taskID: Int64
    /// The task's name.
    package var task: String
    /// The source's name.
    package var source: String
    /// The branch's or tag's name; a commit's id where the source names one.
    package var branch: String
    package var previousCommit: String?
    package var commit: String
    /// The id of the source's folder in the commit.
    package var tree: String
    package var movement: Movement
    /// How many commits came, of a forward movement.
    package var commitCount: Int?
    /// The first paragraph of the commit's message, on one line.
    package var title: String
    /// The author's name.
    package var author: String
}
