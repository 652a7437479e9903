/// What a watcher or a person brought: the reason for runs, recorded as an event before anything is done about it.
package enum Change: Hashable, Sendable, Codable {
    /// The head of a task's source was seen for the first time, or moved.
    case head(HeadChange)
    /// A tag that images stand on has another digest than before.
    case baseImage(BaseImageChange)
    /// A person asked for a run.
    case request(RequestChange)

    /// `head`, `baseImage` or `request`.
    package var kind: String {
        switch self {
        case .head: "head"
        case .baseImage: "baseImage"
        case .request: "request"
        }
    }

    /// What changed: a source, a reference, a task.
    var subject: String {
        switch self {
        case .head(let change): change.source
        case .baseImage(let change): change.reference
        case .request(let change): change.task
        }
    }

    /// A sentence for people, without a final period.
    package var summary: String {
        switch self {
        case .head(let change): change.summary
        case .baseImage(let change): change.summary
        case .request(let change): "requested by \(change.requester)"
        }
    }
}

/// A source's head, as it was found.
package struct HeadChange: Hashable, Sendable, Codable {
    /// How the head came to be where it is.
    package enum Movement: String, Hashable, Sendable, Codable {
        case first
        case forward
        case rewound
        /// The new head shares no history with the old one: the repository was made anew, or rewritten.
        case unrelated
    }

    package var taskID: Int64
    /// `URL#REF:FOLDER`, as the task says it, without credentials.
    package var source: String
    package var branch: String
    package var previousCommit: String?
    package var commit: String
    /// The id of the source's folder in the commit: unchanged means that the commit did not touch it.
    package var tree: String
    package var movement: Movement
    /// How many commits came, where that is known.
    package var commitCount: Int?
    /// The first line of the commit's message.
    package var title: String
    package var author: String

    package init(
        taskID: Int64, source: String, branch: String, previousCommit: String? = nil, commit: String,
        tree: String,
        movement: Movement, commitCount: Int? = nil, title: String, author: String
    ) {
        self.taskID = taskID
        self.source = source
        self.branch = branch
        self.previousCommit = previousCommit
        self.commit = commit
        self.tree = tree
        self.movement = movement
        self.commitCount = commitCount
        self.title = title
        self.author = author
    }

    var summary: String {
        let what = "commit \(commit.prefix(12)) \"\(title)\" by \(author) on `\(branch)` of \(source)"
        switch movement {
        case .first: return "first sight of \(what)"
        case .forward:
            let more =
                (commitCount ?? 1) > 1 ? " (\(commitCount ?? 1) commits since \(short(previousCommit)))" : ""
            return what + more
        case .rewound: return "\(what), back from \(short(previousCommit))"
        case .unrelated: return "\(what), which does not follow \(short(previousCommit))"
        }
    }

    private func short(_ commit: String?) -> Substring { (commit ?? "nothing").prefix(12) }
}

/// A base image's tag that moved.
package struct BaseImageChange: Hashable, Sendable, Codable {
    /// The reference in full, as ``OCI/ImageReference`` writes it.
    package var reference: String
    package var digest: String

    package init(reference: String, digest: String) {
        self.reference = reference
        self.digest = digest
    }

    var summary: String { "base image \(reference) moved to digest \(digest)" }
}

/// A person's request.
package struct RequestChange: Hashable, Sendable, Codable {
    package var task: String
    package var requester: String

    package init(task: String, requester: String) {
        self.task = task
        self.requester = requester
    }
}

/// Where in a Dockerfile a base image is named, and the digest that a run before stood on.
package struct BasePlace: Hashable, Sendable, Codable {
    /// The Dockerfile's path in the context.
    package var file: String
    package var line: Int
    /// `FROM` or `COPY --from`.
    package var instruction: String
    /// The digest that moved, in a cause.
    package var previousDigest: String?

    package init(file: String, line: Int, instruction: String, previousDigest: String? = nil) {
        self.file = file
        self.line = line
        self.instruction = instruction
        self.previousDigest = previousDigest
    }
}
