/// The answer to `GET /api/v1/version`.
package struct VersionRecord: Hashable, Sendable, Codable {
    package var version: String
    /// The embedded registry's host and port.
    package var registry: String
    /// The data directory.
    package var data: String

    package init(version: String, registry: String, data: String) {
        self.version = version
        self.registry = registry
        self.data = data
    }
}

/// The body of `POST /api/v1/builds`: a build over a context that was uploaded before.
package struct BuildRequest: Hashable, Sendable, Codable {
    /// The digest that `POST /api/v1/contexts` answered.
    package var context: String
    /// `docker build`'s words without the context: `["-t", "app:1", "-f", "Dockerfile"]`.
    package var words: [String]
    /// Whether the tags are to be published in the embedded registry when the build succeeds.
    package var isPublished: Bool
    package var requester: String

    package init(context: String, words: [String], isPublished: Bool, requester: String) {
        self.context = context
        self.words = words
        self.isPublished = isPublished
        self.requester = requester
    }
}

/// The answer to `POST /api/v1/contexts`, whose body is a tar archive.
package struct UploadedContext: Hashable, Sendable, Codable {
    package var digest: String
    package var size: Int64

    package init(digest: String, size: Int64) {
        self.digest = digest
        self.size = size
    }
}

/// The answer to `GET /api/v1/why?subject=…`: how a run or an image came to be.
package struct WhyRecord: Hashable, Sendable, Codable {
    /// What was asked for.
    package var subject: String
    package var detail: RunDetail

    package init(subject: String, detail: RunDetail) {
        self.subject = subject
        self.detail = detail
    }
}

/// What every answer with a status of 400 or more carries.
package struct FailureRecord: Hashable, Sendable, Codable {
    /// A sentence without a final period; a line a problem for files with several.
    package var message: String
    /// What to do, where there is something.
    package var hint: String?

    package init(message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }
}

/// The version of this program and of the API.
package enum SlipwayVersion {
    package static let current = "0.1.0"
    package static let apiPrefix = "/api/v1"
}
