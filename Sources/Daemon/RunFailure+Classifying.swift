import Archive
import Blobs
import Builder
import Dockerfile
import GRDB
import Git
import OCI
import Registry
import Remote
import Runs
import Sandbox
import TaskFile

extension RunFailure {
    /// Whose doing an error is: the world's is tried again, the user's is not.
    init(classifying error: any Error) {
        switch error {
        case let error as RunFailure: self = error
        case let error as LocatedError:
            self = RunFailure(classifying: error.cause).at("\(error.range)")
        case let error as TimeLimitError: self = .timedOut(error.description)
        case let error as GitError:
            self = error.isTransient ? .unreachable(error.forPeople) : .failed(error.forPeople)
        case let error as Remote.RegistryError:
            self = error.isTransient ? .unreachable(error.forPeople) : .failed(error.forPeople)
        case let error as DownloadError:
            self = error.isTransient ? .unreachable("\(error)") : .failed("\(error)")
        case let error as SandboxError:
            self = error.reason == .host ? .errored("\(error)") : .failed("\(error)")
        case let error as BlobError:
            self = error.reason == .diskFull ? .unreachable(error.description) : .errored(error.description)
        case let error as DatabaseError where error.resultCode == .SQLITE_FULL:
            self = .unreachable("could not write to the database: \(error.message ?? "the disk is full")")
        case is DockerfileError, is BuildError, is ArchiveError, is ImageError, is ImageReferenceError,
            is DocumentError, is DirectoryTreeError, is TaskFileError, is CredentialError,
            is Registry.RegistryError:
            self = .failed("\(error)")
        default: self = .errored("\(error)")
        }
    }

    private func at(_ place: String) -> RunFailure {
        let message = "\(place): \(message)"
        return switch self {
        case .failed: .failed(message)
        case .timedOut: .timedOut(message)
        case .unreachable: .unreachable(message)
        case .errored: .errored(message)
        }
    }

    /// The sentence, without the kind.
    var message: String {
        switch self {
        case .failed(let message), .timedOut(let message), .unreachable(let message), .errored(let message):
            message
        }
    }
}

/// Something took longer than it may.
struct TimeLimitError: Error, CustomStringConvertible {
    var what: String
    var seconds: Int

    var description: String { "\(what) took longer than \(seconds) seconds" }
}

/// Runs `body`, and cancels it after so many seconds.
///
/// Throws ``TimeLimitError`` then.
func withTimeLimit<Value: Sendable>(
    seconds: Int, _ what: String, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            // Canceled when the body is done first.
            try await Task.sleep(for: .seconds(seconds))
            return nil
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() ?? nil else {
            group.cancelAll()
            // What the body throws when it is canceled is told as what it is: too late.
            while case .some = try? await group.next() {}
            throw TimeLimitError(what: what, seconds: seconds)
        }
        return value
    }
}
