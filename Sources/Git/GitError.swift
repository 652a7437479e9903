/// What libgit2 reported, in its own words.
package struct GitError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was being done, as a verb phrase: `fetch from https://…`.
    package var operation: String
    /// libgit2's own text.
    package var message: String

    package var description: String { "could not \(operation): \(message)" }
}
