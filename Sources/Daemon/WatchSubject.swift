/// The names under which faults of what is watched are kept.
enum WatchSubject {
    /// What keeps a source from being seen; the source as a task's definition describes it.
    static func source(_ source: String) -> String { "source:\(source)" }
    /// What keeps a base image's registry from being asked.
    static func base(_ reference: String) -> String { "base:\(reference)" }
}
