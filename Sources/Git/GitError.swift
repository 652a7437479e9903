/// What libgit2 reported, in its own words, or what is wrong with what was asked of a repository.
package struct GitError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of fault it is, for callers that choose by it.
    package enum Reason: String, Hashable, Sendable {
        /// No such repository, reference, commit, path or object.
        case notFound
        /// The name, URL or path is malformed.
        case malformed
        /// There is something of that name, of another kind: a file where a folder is wanted.
        case wrongKind
        /// More than one object has the abbreviated id.
        case ambiguous
        /// Somebody else holds the lock of a file.
        case locked
        /// The bytes of the repository are not what they should be.
        case corrupt
        /// The server could not be reached, or broke off.
        case network
        /// The server asks for other credentials.
        case authentication
        /// The server's certificate is not trusted.
        case certificate
        /// The server was silent for too long.
        case timedOut
        /// The caller stopped the call.
        case stopped
        /// The operating system refused: no such permission, no space.
        case system
        case other
    }

    package var reason: Reason
    /// What was being done, as a verb phrase: `fetch from https://…`.
    package var operation: String
    /// libgit2's own text, or ours.
    package var message: String
    /// What the user can do next, as a sentence without a final period.
    package var hint: String?

    package init(_ reason: Reason, _ operation: String, message: String, hint: String? = nil) {
        self.reason = reason
        self.operation = operation
        self.message = message
        self.hint = hint
    }

    package var description: String { "could not \(operation): \(message)" }

    /// What went wrong, and what can be done about it, on one line.
    package var forPeople: String { description + (hint.map { " (\($0))" } ?? "") }

    /// Whether the world failed rather than the user, so that trying again later may help.
    package var isTransient: Bool {
        switch reason {
        case .network, .timedOut, .locked, .system, .stopped: true
        case .notFound, .malformed, .wrongKind, .ambiguous, .corrupt, .authentication, .certificate, .other:
            false
        }
    }
}
