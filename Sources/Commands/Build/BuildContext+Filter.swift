extension BuildContext {
    /// What the ignore file leaves out.
    ///
    /// Throws ``CommandError`` when it cannot be read.
    func filter() throws(CommandError) -> ContextFilter {
        .everything
    }
}
