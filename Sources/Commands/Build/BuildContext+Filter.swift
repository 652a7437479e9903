import Dockerfile

extension BuildContext {
    /// What the ignore file leaves out.
    ///
    /// Throws ``CommandError`` when it cannot be read, or a line of it is no pattern.
    func filter() throws(CommandError) -> ContextFilter {
        guard let ignoreFile else { return .everything }
        let bytes = try InputFile(path: "\(root)/\(ignoreFile)").contents(limit: 1 << 20)
        do throws(DockerfileError) {
            let ignored = try IgnoreFile(parsing: bytes, file: ignoreFile)
            return ContextFilter(
                excludes: { ignored.isIgnored($0) }, mayIncludeBelow: { ignored.mayContainIncluded($0) })
        } catch {
            throw CommandError("\(error.range): \(error.message)", hint: error.hint, status: .refused)
        }
    }
}
