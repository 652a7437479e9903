import Glibc
import OCI

/// Why an image layout or archive cannot be read or written.
package struct LayoutError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Reason: Sendable, Hashable {
        /// There is no such layout, or it has no such image.
        case unknown
        /// More than one image answers to the name.
        case ambiguous
        /// It is not what it should be, or says what is not true.
        case damaged
        /// It is what it should be, and cannot be said in the format that was asked for.
        case unsupported
        /// The operating system refused.
        case system
    }

    package let reason: Reason
    /// What was being done, as a verb phrase.
    package let operation: String
    package let message: String
    /// What to do about it, where there is something.
    package let hint: String?

    init(_ reason: Reason, _ operation: String, _ message: String, hint: String? = nil) {
        self.reason = reason
        self.operation = operation
        self.message = message
        self.hint = hint
    }

    init(_ operation: String, _ step: String, errno code: Int32, hint: String? = nil) {
        self.init(.system, operation, "\(step): \(String(cString: strerror(code)))", hint: hint)
    }

    package var description: String { "could not \(operation): \(message)" }
}

extension LayoutError {
    /// Reads a document, and says whose it is where it is none.
    static func reading<Document>(
        _ name: String, _ operation: String, _ read: () throws(DocumentError) -> Document
    ) throws(LayoutError) -> Document {
        do { return try read() } catch {
            throw LayoutError(.damaged, operation, "\(name) cannot be read: \(error)")
        }
    }
}
