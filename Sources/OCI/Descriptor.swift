/// What a document says of a blob: its type, digest and size, and more (OCI image specification, descriptor.md).
package struct Descriptor: Hashable, Sendable {
    package var mediaType: MediaType
    package var digest: Digest
    /// The blob's size in bytes.
    package var size: Int64
    package var platform: Platform?
    package var annotations: [String: String]?
    package var artifactType: String?
    /// Fields this program does not know (`urls`, `data`, …), kept as they came.
    package var otherFields: [String: JSONValue] = [:]

    package init(
        mediaType: MediaType, digest: Digest, size: Int64, platform: Platform? = nil,
        annotations: [String: String]? = nil
    ) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.platform = platform
        self.annotations = annotations
    }

    init(_ json: JSONValue, path: String) throws(DocumentError) {
        var reader = try JSONReader(json, path: path)
        guard let mediaType = try reader.string("mediaType") else {
            throw reader.missing("mediaType", "a media type")
        }
        guard let digest = try reader.string("digest") else { throw reader.missing("digest", "a digest") }
        guard let size = try reader.integer("size") else { throw reader.missing("size", "a number of bytes") }
        guard size >= 0 else {
            throw .unexpected(path: "\(path).size", expected: "a number of bytes", found: "\(size)")
        }
        self.mediaType = MediaType(mediaType)
        do { self.digest = try Digest(digest) } catch {
            throw .unexpected(path: "\(path).digest", expected: "a digest", found: "`\(digest)`")
        }
        self.size = size
        platform = try reader.value("platform", Platform.init(_:path:))
        annotations = try reader.stringMap("annotations")
        artifactType = try reader.string("artifactType")
        otherFields = reader.rest
    }

    package var json: JSONValue {
        var members = otherFields
        members["mediaType"] = .string(mediaType.description)
        members["digest"] = .string(digest.description)
        members["size"] = .integer(size)
        if let platform { members["platform"] = platform.json }
        members.set("annotations", annotations)
        members.set("artifactType", artifactType)
        return .object(members)
    }
}
