package import OCI

/// What a registry answered or the network did, told so that a caller can choose and a person can act.
package struct RegistryError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Reason: Hashable, Sendable {
        /// The registry does not have it.
        case notFound
        /// The registry wants credentials, or others.
        case unauthorized
        /// The registry knows who asks, and refuses.
        case denied
        /// The request can never succeed as it is.
        case invalid
        /// The bytes that came are not those that were named.
        case corrupt
        /// No answer: no route, no connection, no TLS, or silence.
        case unreachable
        /// Too many requests; `retryAfter` where the registry said how long to wait.
        case throttled(retryAfter: Duration?)
        case serverError(status: Int)
    }

    package let reason: Reason
    package let registry: RegistryHost
    /// What was being done, as a verb phrase.
    package let operation: String
    package let message: String
    /// What to do, where there is something.
    package let hint: String?
    /// How long to wait, where the registry said so with any status.
    package var retryAfter: Duration?
    /// The status of the answer that it stands for.
    var status: UInt?

    init(_ reason: Reason, _ purpose: Purpose, message: String, hint: String? = nil) {
        self.reason = reason
        registry = purpose.registry
        operation = purpose.operation
        self.message = message
        self.hint = hint
    }

    /// Whether the world is at fault, and the same request may succeed later.
    package var isTransient: Bool {
        switch reason {
        case .unreachable, .throttled, .serverError: true
        case .notFound, .unauthorized, .denied, .invalid, .corrupt: false
        }
    }

    /// What went wrong, and what can be done about it, on one line.
    package var forPeople: String { description + (hint.map { " (\($0))" } ?? "") }

    /// A sentence without a final period and without the hint.
    package var description: String { "could not \(operation): \(message)" }
}

/// What a request is for: the first half of the sentence that an error completes.
struct Purpose: Sendable {
    let registry: RegistryHost
    /// A verb phrase.
    let operation: String

    init(_ operation: String, at registry: RegistryHost) {
        self.operation = operation
        self.registry = registry
    }
}
