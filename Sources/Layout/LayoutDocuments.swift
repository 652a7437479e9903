import OCI

/// The two documents that make a directory or an archive an OCI image layout (image specification,
/// image-layout.md).
struct LayoutDocuments {
    static let markerName = "oci-layout"
    static let indexName = "index.json"
    private static let version = "1.0.0"
    private static let longest: Int64 = 16 << 20

    static let marker = JSONValue.object(["imageLayoutVersion": .string(version)]).canonical

    private let files: any LayoutFiles
    private var operation: String { files.operation }

    init(_ files: any LayoutFiles) { self.files = files }

    /// Whether the marker is there; whatever it says.
    func isLayout() throws -> Bool { try files.file(Self.markerName) != nil }

    /// The layout's index, once its marker says a version that is known here.
    func index() throws -> ImageIndex {
        guard let marker = try bytes(Self.markerName) else { throw missing(Self.markerName) }
        let document = try LayoutError.reading("`\(Self.markerName)`", operation) {
            () throws(DocumentError) in
            try JSONValue(parsing: marker)
        }
        guard let version = document.object?["imageLayoutVersion"]?.string else {
            throw LayoutError(
                .damaged, operation, "`\(Self.markerName)` does not say its `imageLayoutVersion`")
        }
        guard version.hasPrefix("1.") else {
            throw LayoutError(
                .unsupported, operation, "it is of version `\(version)`, and only `\(Self.version)` is known")
        }
        guard let bytes = try bytes(Self.indexName) else { throw missing(Self.indexName) }
        return try LayoutError.reading("`\(Self.indexName)`", operation) { () throws(DocumentError) in
            try ImageIndex(parsing: bytes, mediaType: .ociIndex)
        }
    }

    private func missing(_ name: String) -> LayoutError {
        LayoutError(
            .damaged, operation, "`\(name)` is missing",
            hint:
                "an OCI image layout has the files `\(Self.markerName)` and `\(Self.indexName)`, and its blobs "
                + "in `blobs/sha256`")
    }

    private func bytes(_ name: String) throws -> [UInt8]? {
        guard let file = try files.file(name) else { return nil }
        guard file.size <= Self.longest else {
            throw LayoutError(
                .damaged, operation, "`\(name)` has \(file.size) bytes, more than \(Self.longest)")
        }
        return try file.piece(at: 0, count: Int(file.size))
    }
}
