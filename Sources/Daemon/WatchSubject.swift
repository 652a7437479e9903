/// The names under which faults of what is watched are kept.
enum WatchSubject {
    /// What keeps a task's source from being seen.
    static func task(_ name: String) -> String { "task:\(name)" }
    /// What keeps a base image's registry from being asked.
    static func base(_ reference: String) -> String { "base:\(reference)" }
}
