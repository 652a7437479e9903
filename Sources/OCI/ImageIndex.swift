/// Several manifests under one name, one a platform (OCI image specification, image-index.md; Docker's manifest
/// list alike).
package struct ImageIndex: Hashable, Sendable {
    package var mediaType: MediaType
    package var manifests: [Descriptor]
    package var subject: Descriptor?
    package var artifactType: String?
    package var annotations: [String: String]?
    package var otherFields: [String: JSONValue] = [:]

    package init(mediaType: MediaType = .ociIndex, manifests: [Descriptor]) {
        self.mediaType = mediaType
        self.manifests = manifests
    }

    /// Reads an index document; `mediaType` is what its transport said, used where the document says nothing.
    package init(parsing bytes: some Sequence<UInt8>, mediaType: MediaType? = nil) throws(DocumentError) {
        var reader = try JSONReader(JSONValue(parsing: bytes), path: "")
        _ = try reader.integer("schemaVersion")
        self.mediaType = try reader.string("mediaType").map(MediaType.init) ?? mediaType ?? .ociIndex
        guard let manifests = try reader.values("manifests", Descriptor.init(_:path:)) else {
            throw reader.missing("manifests", "an array of descriptors")
        }
        self.manifests = manifests
        subject = try reader.value("subject", Descriptor.init(_:path:))
        artifactType = try reader.string("artifactType")
        annotations = try reader.stringMap("annotations")
        otherFields = reader.rest
    }

    /// The first manifest for this platform; attestations (`unknown/unknown`) match nothing.
    package func manifest(for platform: Platform) -> Descriptor? {
        manifests.first { $0.platform.map(platform.matches) ?? false }
    }

    package var json: JSONValue {
        var members = otherFields
        members["schemaVersion"] = .integer(2)
        members["mediaType"] = .string(mediaType.description)
        members["manifests"] = .array(manifests.map(\.json))
        if let subject { members["subject"] = subject.json }
        members.set("artifactType", artifactType)
        members.set("annotations", annotations)
        return .object(members)
    }
}
