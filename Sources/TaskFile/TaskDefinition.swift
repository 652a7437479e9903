/// A task as its file defines it, rendered and checked.
package struct TaskDefinition: Hashable, Sendable {
    /// 1 to 63 letters, digits, `-`, `_` and `.`.
    package var name: String?
    package var description: String?
    package var version: TaskFileVersion
    package var source: SourceLocation?
    package var commitTrigger: CommitTrigger
    package var baseImageTrigger: BaseImageTrigger
    /// What a run may take in seconds.
    package var timeout: Int
    /// What a step may take in seconds where it does not say.
    package var stepTimeout: Int
    package var steps: [StepDefinition]
}

/// The versions of ACR's task format.
package enum TaskFileVersion: String, Hashable, Sendable, CaseIterable {
    case preview1 = "1.0-preview-1"
    case v1 = "v1.0.0"
    case v1_1 = "v1.1.0"

    /// Whether `$Registry` and its like are replaced.
    package var hasAliases: Bool { self == .v1_1 }
}

/// Where a task's files are: `URL[#REF[:FOLDER]]`, as in `docker build` and ACR.
package struct SourceLocation: Hashable, Sendable, CustomStringConvertible {
    /// A Git URL or the path of a repository on this machine.
    package var url: String
    /// A branch, tag or commit; `nil` is the remote's default branch.
    package var reference: String?
    /// The folder that is the build context, with neither a leading nor a trailing slash; `nil` is the root.
    package var folder: String?

    /// Reads `URL[#REF[:FOLDER]]`.
    ///
    /// Returns `nil` when there is no URL, or the folder leads out of the repository.
    package init?(_ text: String) {
        let parts = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        guard let url = parts.first, !url.isEmpty else { return nil }
        self.url = String(url)
        guard parts.count == 2 else { return }
        let fragment = parts[1].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if let reference = fragment.first, !reference.isEmpty { self.reference = String(reference) }
        guard fragment.count == 2 else { return }
        let components = fragment[1].split(separator: "/").filter { $0 != "." }
        guard !components.contains("..") else { return nil }
        if !components.isEmpty { folder = components.joined(separator: "/") }
    }

    /// The location without the credentials that its URL may hold.
    package var description: String {
        var text = Self.withoutCredentials(url)
        if reference != nil || folder != nil { text += "#" + (reference ?? "") }
        if let folder { text += ":" + folder }
        return text
    }

    private static func withoutCredentials(_ url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return url }
        let authority = url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }
        guard let at = authority.lastIndex(of: "@") else { return url }
        return String(url[..<scheme.upperBound] + url[url.index(after: at)...])
    }
}

/// Runs the task when its source's head moves.
package struct CommitTrigger: Hashable, Sendable {
    package var isEnabled: Bool
    /// Seconds between two looks at the remote; `nil` is the daemon's own.
    package var interval: Double?

    package init(isEnabled: Bool, interval: Double? = nil) {
        self.isEnabled = isEnabled
        self.interval = interval
    }
}

/// Runs the task when an image that it stands on moves.
package struct BaseImageTrigger: Hashable, Sendable {
    package enum Scope: String, Hashable, Sendable, CaseIterable {
        /// The final stage's base only, as in ACR.
        case runtime
        /// The bases of all stages, and images that files are copied from.
        case all
    }

    package var isEnabled: Bool
    package var scope: Scope
    /// Seconds between two looks at the registry; `nil` is the daemon's own.
    package var interval: Double?

    package init(isEnabled: Bool, scope: Scope, interval: Double? = nil) {
        self.isEnabled = isEnabled
        self.scope = scope
        self.interval = interval
    }

    /// Whether the task is run when an image moves that its build stands on.
    ///
    /// - Parameter isRuntime: whether the image is the final stage's base.
    package func concerns(isRuntime: Bool) -> Bool { isEnabled && (isRuntime || scope == .all) }
}

/// One step of a task.
package struct StepDefinition: Hashable, Sendable {
    package enum Action: Hashable, Sendable {
        case build(BuildStep)
        /// The references to push.
        case push([String])
    }

    package var id: String
    package var action: Action
    /// Seconds.
    package var timeout: Int
    package var ignoreErrors: Bool
    /// The line of the file on which the step begins.
    package var line: Int

    /// `build` or `push`.
    package var kind: String {
        switch action {
        case .build: "build"
        case .push: "push"
        }
    }
}

/// A build step's words, which are `docker build`'s.
package struct BuildStep: Hashable, Sendable {
    package var tags: [String] = []
    /// The Dockerfile, relative to the source as in `docker build` to the working directory; `nil` is `Dockerfile` in
    /// the context.
    package var file: String?
    package var buildArguments: [String: String] = [:]
    package var target: String?
    package var labels: [String: String] = [:]
    package var platform: String?
    package var isWithoutCache = false
    /// A folder of the source; `.` is all of it.
    package var context = "."

    package init() {}
}
