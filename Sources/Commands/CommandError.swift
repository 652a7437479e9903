import ControlAPI

/// What the program's exit status means.
package enum ExitStatus: Int32, Hashable, Sendable {
    case succeeded = 0
    /// The run, or whatever was asked for, failed.
    case failed = 1
    /// The command line is wrong.
    case usage = 2
    /// The daemon does not answer, or something else of the world is missing.
    case unreachable = 3
    case notFound = 4
    /// The input is wrong, or is not allowed.
    case refused = 5
}

/// Why a command did not do as it was asked, in the words that the user sees.
package struct CommandError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A sentence without a final period; further lines are further problems.
    package let message: String
    /// The next step, where there is one.
    package let hint: String?
    package let status: ExitStatus
    /// Lines that show what the message is about: of a Dockerfile, or of what a command said last.
    package let excerpt: String

    package init(_ message: String, excerpt: String = "", hint: String? = nil, status: ExitStatus) {
        self.message = message
        self.excerpt = excerpt
        self.hint = hint
        self.status = status
    }

    package var description: String { message }

    /// The lines for standard error.
    package var lines: [String] {
        message.split(separator: "\n").map { "error: \($0)" }
            + excerpt.split(separator: "\n").map(String.init)
            + (hint.map { ["hint: \($0)"] } ?? [])
    }
}

extension CommandError {
    /// What the daemon answered with an HTTP status of 400 or more.
    init(_ failure: FailureRecord, httpStatus: UInt) {
        let status: ExitStatus =
            switch httpStatus {
            case 404: .notFound
            case 400..<500: .refused
            default: .failed
            }
        self.init(failure.message, hint: failure.hint, status: status)
    }
}
