package import Blobs
package import Builder
import Cryptography
import FoundationEssentials
package import OCI
package import Remote

/// Files by URL, fetched into the blob store; one that did not change since the last time is not fetched again.
///
/// What servers tell versions by is kept, a small file a URL. Several processes may use it at the same time.
package struct HTTPFiles: Sendable {
    private let downloader: FileDownloader
    private let store: BlobStore
    private let directory: String

    /// - Parameter directory: is made where it is missing; all in it can be made anew.
    package init(downloader: FileDownloader, store: BlobStore, directory: String) {
        self.downloader = downloader
        self.store = store
        self.directory = directory
    }

    /// What is known of the file that a URL had the last time.
    private struct Record: Codable {
        var url: String
        var digest: String
        var validators: FileDownloader.Validators
    }

    /// The file that is at a URL now.
    ///
    /// - Parameter checksum: a file that had it the last time is taken without asking its server.
    ///
    /// Throws ``BuildError`` where the URL is to blame, and what the downloader throws.
    package func file(at url: String, expecting checksum: Digest? = nil) async throws -> RemoteFile {
        let known = try known(url)
        if let known, known.digest == checksum { return known }
        let validators = known == nil ? nil : record(url)?.validators
        let fetched: FileDownloader.Fetched?
        do { fetched = try await downloader.fetch(url, unless: validators ?? .init(), into: store) } catch let
            error as DownloadError where !error.isTransient
        {
            throw BuildError(error.description, hint: error.hint)
        }
        guard let fetched else {
            // Only what is known is told to be unchanged.
            guard let known else { throw BuildError("`\(url)` has not changed, and is not known here") }
            return known
        }
        keep(
            Record(url: url, digest: fetched.digest.description, validators: fetched.validators), for: url)
        return try file(fetched.digest, fetched.validators)
    }

    /// The file of the last time, where the store still has it.
    private func known(_ url: String) throws -> RemoteFile? {
        guard let record = record(url), let digest = try? Digest(record.digest) else { return nil }
        do { return try file(digest, record.validators) } catch let error as BlobError {
            guard error.reason == .unknown else { throw error }
            return nil
        }
    }

    /// The open file stays readable whatever becomes of its name in the store.
    private func file(_ digest: Digest, _ validators: FileDownloader.Validators) throws -> RemoteFile {
        let reader = try store.reader(of: digest)
        return RemoteFile(
            digest: digest, size: reader.size, modified: validators.modified, content: reader)
    }

    private func path(_ url: String) throws(CryptoError) -> URL {
        URL(filePath: "\(directory)/\(try Digest(of: Array(url.utf8)).hex)")
    }

    private func record(_ url: String) -> Record? {
        // What cannot be read is not known: the file is fetched again.
        guard let path = try? path(url), let bytes = try? Data(contentsOf: path),
            let record = try? JSONDecoder().decode(Record.self, from: bytes)
        else { return nil }
        return record.url == url ? record : nil
    }

    private func keep(_ record: Record, for url: String) {
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            try JSONEncoder().encode(record).write(to: path(url), options: .atomic)
        } catch {
            // The file is in the store already; it is fetched again the next time.
        }
    }
}
