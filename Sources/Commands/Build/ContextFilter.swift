/// Which files of a directory belong to the build context.
struct ContextFilter: Sendable {
    /// Whether a path is left out; a path is relative to the context, without a leading slash.
    var excludes: @Sendable (_ path: String) -> Bool
    /// Whether something below a directory may belong although the directory itself does not.
    var mayIncludeBelow: @Sendable (_ directory: String) -> Bool

    /// All files belong.
    static let everything = ContextFilter(excludes: { _ in false }, mayIncludeBelow: { _ in true })

    /// The same, but these paths belong whatever else is said: the Dockerfile and its ignore file, which the daemon
    /// needs to read.
    func including(_ paths: [String]) -> ContextFilter {
        ContextFilter(
            excludes: { path in !paths.contains(path) && self.excludes(path) },
            mayIncludeBelow: { directory in
                paths.contains { $0.hasPrefix(directory + "/") } || self.mayIncludeBelow(directory)
            })
    }
}
