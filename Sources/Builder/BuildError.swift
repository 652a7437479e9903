/// Why an image cannot be built, where no place in a Dockerfile is to blame.
package struct BuildError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A sentence without a final period.
    package let message: String
    /// What to do about it, where there is something.
    package let hint: String?

    package init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }

    package var description: String { message + (hint.map { " (\($0))" } ?? "") }
}
