import Glibc

/// Why a container could not be run: the host's fault, or that of what the container is made of.
package struct SandboxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Who can do something about it.
    package enum Reason: Hashable, Sendable {
        /// The host lacks something, or refuses it.
        case host
        /// What was to be run cannot be: its program is not there, its directory is none.
        case container
    }

    package let reason: Reason
    /// A sentence without a final period.
    package let message: String
    /// What to do about it, where there is something.
    package let hint: String?

    package init(_ reason: Reason, _ message: String, hint: String? = nil) {
        self.reason = reason
        self.message = message
        self.hint = hint
    }

    /// What the operating system said.
    init(_ operation: String, errno code: Int32, hint: String? = nil) {
        self.init(.host, "could not \(operation): \(String(cString: strerror(code)))", hint: hint)
    }

    package var description: String { message + (hint.map { " (\($0))" } ?? "") }
}
