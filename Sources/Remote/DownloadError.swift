/// Why a file could not be had by its URL.
package struct DownloadError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Reason: Hashable, Sendable {
        /// The server refuses, or has no such file.
        case refused(status: Int)
        /// The server is at fault, and may not be later.
        case serverError(status: Int)
        /// The text is no URL, or leads nowhere.
        case malformed
        /// The file is larger than files may be.
        case tooLarge
        /// No answer, or not all of it.
        case unreachable
    }

    package let reason: Reason
    /// Without user and password.
    package let url: String
    /// A sentence without a final period, behind "could not fetch …:".
    package let message: String
    /// What to do, where there is something.
    package let hint: String?
    /// How long to wait, where the server said so.
    var retryAfter: Duration?

    init(_ reason: Reason, _ url: String, message: String, hint: String? = nil) {
        self.reason = reason
        self.url = url
        self.message = message
        self.hint = hint
    }

    /// Whether the world is at fault, and the same request may succeed later.
    package var isTransient: Bool {
        switch reason {
        case .serverError, .unreachable: true
        case .refused, .malformed, .tooLarge: false
        }
    }

    /// What went wrong, and what can be done about it, on one line.
    package var forPeople: String { description + (hint.map { " (\($0))" } ?? "") }

    /// A sentence without a final period and without the hint.
    package var description: String { "could not fetch `\(url)`: \(message)" }
}
