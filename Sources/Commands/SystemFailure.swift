import Foundation
import Glibc
import Terminal

/// What the operating system did not do, in a sentence instead of Foundation's record of it.
struct SystemFailure: Hashable, Sendable, CustomStringConvertible {
    /// The file or directory, where one is to blame.
    let path: String?
    /// `errno`, where it is known.
    let code: Int32?
    /// What the system says of it.
    let reason: String

    /// Returns `nil` for an error that is not the system's.
    init?(_ error: any Error) {
        switch error {
        case OutputError.failed(let reason):
            (path, code) = (nil, nil)
            self.reason = "could not write the output: \(reason)"
        case let error as CocoaError:
            path = error.filePath ?? error.url?.path
            code = (error.underlying as? POSIXError)?.code.rawValue
            reason = code.map { String(cString: strerror($0)) } ?? error.localizedDescription
        case let error as POSIXError:
            path = nil
            code = error.code.rawValue
            reason = String(cString: strerror(error.code.rawValue))
        default: return nil
        }
    }

    var description: String {
        guard let path else { return reason }
        return "could not use `\(path)`: \(reason)"
    }

    /// A path that leads nowhere was named so by the user; all else is the machine's.
    var buildStatus: ExitStatus {
        let mistakes = [EEXIST, EINVAL, EISDIR, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, ENOTEMPTY]
        return code.map(mistakes.contains) == true ? .failed : .unreachable
    }
}
