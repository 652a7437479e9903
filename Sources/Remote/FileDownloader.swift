import AsyncHTTPClient
package import Blobs
package import Logging
import NIOCore
import NIOHTTP1
package import OCI

/// Fetches files by URL into a blob store, and only those that changed.
///
/// Files stream from the network to the disk, as they are: no content encoding is asked for, and none undone. Redirects
/// are followed. Calls throw ``DownloadError`` for what a server or the network does, the store's own `BlobError` for
/// what the disk does, and `CancellationError`.
package struct FileDownloader: Sendable {
    /// How much a downloader takes, and how long it is patient.
    package struct Configuration: Sendable {
        package var userAgent = "slipway/0.1.0"
        /// The largest file taken, in bytes.
        package var maximumSize: Int64 = 10 << 30
        package var redirects = 10
        /// How often a request is sent in all, where the network or the server fails.
        package var attempts = 4
        /// The pause before a request is sent again; each further one is twice as long.
        package var firstPause: Duration = .milliseconds(300)
        package var longestPause: Duration = .seconds(20)
        /// How long a server may take to begin its answer.
        package var answerTime: Duration = .seconds(60)

        package init() {}
    }

    /// What a server tells a version of a file by (RFC 9110, section 8.8).
    package struct Validators: Hashable, Sendable, Codable {
        package var entityTag: String?
        package var lastModified: String?

        package init(entityTag: String? = nil, lastModified: String? = nil) {
            self.entityTag = entityTag
            self.lastModified = lastModified
        }

        var isEmpty: Bool { entityTag == nil && lastModified == nil }
        /// The last change in seconds since 1970-01-01 00:00:00 UTC.
        package var modified: Int64? { lastModified.flatMap { HTTPTime.seconds($0) }.map(Int64.init) }
    }

    /// A file that is in the store now.
    package struct Fetched: Hashable, Sendable {
        package var digest: Digest
        package var size: Int64
        package var validators: Validators
    }

    let routes: HTTPRoutes
    let configuration: Configuration
    let time: ClientTime
    let logger: Logger

    /// - Parameter clock: pauses between attempts.
    package init(
        routes: HTTPRoutes, configuration: Configuration = Configuration(),
        clock: some Clock<Duration> = ContinuousClock(), logger: Logger
    ) {
        self.routes = routes
        self.configuration = configuration
        time = ClientTime(clock)
        self.logger = logger
    }

    /// Fetches the file that is at a URL now; `nil` where it is still the one that the validators tell of.
    ///
    /// A transfer that breaks goes on where it broke, where the server can do that. Nothing is stored of a file that does
    /// not come whole.
    package func fetch(
        _ url: String, unless known: Validators = Validators(), into store: BlobStore
    ) async throws -> Fetched? {
        let address = try FileAddress(url)
        var transfer = FileTransfer(address: address, known: known, upload: BlobUpload(store: store))
        var attempt = 1
        while true {
            do {
                guard try await receive(&transfer) else { return nil }
                let blob = try await transfer.upload.finish()
                return Fetched(digest: blob.digest, size: blob.size, validators: transfer.validators)
            } catch let error as DownloadError {
                guard error.isTransient, attempt < configuration.attempts else { throw error }
                try await pause(after: error, attempt: attempt)
            }
            attempt += 1
        }
    }

    private func pause(after error: DownloadError, attempt: Int) async throws {
        var pause = configuration.firstPause
        for _ in 1..<max(attempt, 1) where pause < configuration.longestPause { pause *= 2 }
        pause = max(pause, error.retryAfter ?? .zero)
        guard pause <= configuration.longestPause else { throw error }
        logger.info(
            "A file is asked for again",
            metadata: ["url": "\(error.url)", "pause": "\(pause)", "reason": "\(error)"])
        try await time.sleep(pause)
    }
}

/// A file on its way.
struct FileTransfer {
    let address: FileAddress
    let known: FileDownloader.Validators
    let upload: BlobUpload
    /// Of the version that is on its way.
    var validators = FileDownloader.Validators()

    /// What a part of the same version is asked for by: only a strong validator will do (RFC 9110, section 13.1.5).
    var strongValidator: String? {
        if let tag = validators.entityTag { return tag.hasPrefix("W/") ? nil : tag }
        return validators.lastModified
    }
}
