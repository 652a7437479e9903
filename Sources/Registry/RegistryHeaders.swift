import HTTPTypes
import OCI

extension HTTPField.Name {
    static let dockerContentDigest = known("Docker-Content-Digest")
    static let dockerDistributionAPIVersion = known("Docker-Distribution-Api-Version")
    static let dockerUploadUUID = known("Docker-Upload-UUID")
    static let ociFiltersApplied = known("OCI-Filters-Applied")
    static let ociSubject = known("OCI-Subject")
    static let ociTag = known("OCI-Tag")
    static let link = known("Link")

    private static func known(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("`\(text)` is no header") }
        return name
    }
}

extension HTTPFields {
    /// Where an upload stands; both ends of the range are part of it, so an empty one looks like one byte.
    static func upload(_ id: UploadID, in repository: RepositoryName, size: Int64) -> HTTPFields {
        [
            .location: "/v2/\(repository)/blobs/uploads/\(id)",
            .range: "0-\(size > 0 ? size - 1 : 0)",
            .dockerUploadUUID: id.description,
        ]
    }

    /// Where a blob is that has come.
    static func blob(_ digest: Digest, in repository: RepositoryName) -> HTTPFields {
        [.location: "/v2/\(repository)/blobs/\(digest)", .dockerContentDigest: digest.description]
    }
}
