import Archive
import Blobs
import BuildHost
import Builder
import Dockerfile
import Git
import Layout
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
        case let error as BuildError: return CommandError(error.message, hint: error.hint, status: .failed)
        case let error as BuildOutputError:
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
        case let error as RegistryError: return CommandError("\(error)", status: .unreachable)
        case let error as GitError: return CommandError("\(error)", hint: error.hint, status: .unreachable)
        case let error as BlobError: return CommandError("\(error)", status: .unreachable)
        case is CancellationError: return CommandError("the build was canceled", status: .failed)
        default: return error
        }
    }
}
