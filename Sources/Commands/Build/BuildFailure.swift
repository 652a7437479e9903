import Archive
import Blobs
import BuildHost
import Builder
import Dockerfile
import Git
import Layout
import OCI
import Remote
import Sandbox

/// What a failed build is told as, and whose fault it is.
enum BuildFailure {
    /// The user's fault is 1, and the world's 3.
    ///
    /// - Parameter said: what the step that failed said last, where nobody has seen it yet.
    static func commandError(_ error: any Error, said: [String] = []) -> any Error {
        switch error {
        case let error as DockerfileError:
            let excerpt = said.map { "  | \($0)\n" }.joined() + error.range.excerpt
            return CommandError(
                "\(error.range): \(error.message)", excerpt: excerpt, hint: error.hint, status: .failed)
        case let error as LocatedError:
            let excerpt = said.map { "  | \($0)\n" }.joined() + error.range.excerpt
            let cause = commandError(error.cause) as? CommandError
            let failure = SystemFailure(error.cause)
            return CommandError(
                "\(error.range): \(cause?.message ?? failure?.description ?? "\(error.cause)")",
                excerpt: excerpt, hint: cause?.hint,
                status: cause?.status ?? failure?.buildStatus ?? .unreachable)
        case let error as BuildError: return CommandError(error.message, hint: error.hint, status: .failed)
        case let error as BuildOptionError:
            return CommandError(error.message, hint: error.hint, status: .usage)
        case let error as ArchiveError: return CommandError("\(error)", status: .failed)
        case let error as DirectoryTreeError: return CommandError("\(error)", status: .failed)
        case let error as LayoutError:
            return CommandError(
                "\(error)", hint: error.hint, status: error.reason == .system ? .unreachable : .failed)
        case let error as DownloadError:
            return CommandError("\(error)", status: error.isTransient ? .unreachable : .failed)
        case let error as SandboxError:
            return CommandError(
                error.message, hint: error.hint, status: error.reason == .host ? .unreachable : .failed)
        case let error as RegistryError:
            return CommandError("\(error)", status: error.reason.status)
        case let error as GitError:
            return CommandError(
                "\(error)", hint: error.hint, status: error.reason.status)
        case let error as FormatError: return CommandError("\(error)", status: .failed)
        case let error as ImageReferenceError: return CommandError("\(error)", status: .failed)
        case let error as BlobError: return CommandError("\(error)", status: .unreachable)
        case is CancellationError: return CommandError("the build was canceled", status: .failed)
        default: return error
        }
    }
}

extension RegistryError.Reason {
    /// Whoever named the image is to blame for some of them, and the world for the others.
    fileprivate var status: ExitStatus {
        switch self {
        case .notFound: .notFound
        case .invalid: .failed
        default: .unreachable
        }
    }
}

extension GitError.Reason {
    /// Whoever named the repository or the revision is to blame for some of them, and the world for the others.
    fileprivate var status: ExitStatus {
        switch self {
        case .notFound: .notFound
        case .malformed, .wrongKind, .ambiguous: .failed
        default: .unreachable
        }
    }
}
