import Archive
import Builder
import ControlAPI
import HTTPTypes
import Hummingbird
import Logging
import Registry
import Runs
import TaskFile

/// An error as the control API answers it: a status and a ``FailureRecord``.
struct Failure: Error {
    var status: HTTPResponse.Status
    var record: FailureRecord

    init(_ status: HTTPResponse.Status, _ message: String, hint: String? = nil) {
        self.status = status
        record = FailureRecord(message: message, hint: hint)
    }

    /// What another room threw, in HTTP's words.
    init(_ error: any Error) {
        switch error {
        case let error as Failure: self = error
        case let error as RunError: self = Failure(error)
        case is ArchiveError, is BuildError: self.init(.unprocessableContent, "\(error)")
        case ImageError.unknown(let reference):
            self.init(
                .notFound, "there is no image `\(reference)`",
                hint: "list the images with `slipway image list`")
        case let error as ImageError: self.init(.notFound, error.description)
        case let error as TaskFileError: self.init(.unprocessableContent, error.description)
        case let error as DecodingError:
            self.init(.badRequest, "the request's body is not what was expected: \(error.explanation)")
        case let error as any HTTPResponseError:
            self.init(error.status, "\(error)")
        default: self.init(.internalServerError, "\(error)")
        }
    }

    private init(_ error: RunError) {
        switch error {
        case .unknownTask: self.init(.notFound, "\(error)", hint: "list the tasks with `slipway task list`")
        case .unknownRun: self.init(.notFound, "\(error)", hint: "list the runs with `slipway run list`")
        case .nameTaken: self.init(.conflict, "\(error)", hint: "change it with `slipway task update`")
        case .nameless: self.init(.unprocessableContent, "\(error)", hint: "add `name:`, or pass `--name`")
        case .notCancelable, .managedByFile: self.init(.conflict, "\(error)")
        case .damagedRow: self.init(.internalServerError, "\(error)")
        }
    }
}

extension DecodingError {
    fileprivate var explanation: String {
        switch self {
        case .keyNotFound(let key, _): "it lacks `\(key.stringValue)`"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            (context.codingPath.isEmpty
                ? "" : "`\(context.codingPath.map(\.stringValue).joined(separator: "."))`: ")
                + context.debugDescription
        @unknown default: "\(self)"
        }
    }
}

/// Answers errors with a ``FailureRecord``, and logs those that are the daemon's own.
struct FailureMiddleware<Context: RequestContext>: RouterMiddleware {
    let logger: Logger

    func handle(
        _ request: Request, context: Context,
        next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        do { return try await next(request, context) } catch {
            if let error = error as? HTTPError, error.status == .notFound {
                return try jsonResponse(
                    FailureRecord(message: "there is no `\(request.method) \(request.uri.path)`"), .notFound)
            }
            let failure = Failure(error)
            if failure.status.code >= 500 {
                logger.error(
                    "A request failed",
                    metadata: ["path": "\(request.uri.path)", "error": "\(failure.record.message)"])
            }
            return try jsonResponse(failure.record, failure.status)
        }
    }
}
