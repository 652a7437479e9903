/// One image for one platform, or an artifact (OCI image specification, manifest.md; Docker's schema 2 alike).
package struct ImageManifest: Hashable, Sendable {
    package var mediaType: MediaType
    package var config: Descriptor
    /// The layers, lowest first.
    package var layers: [Descriptor]
    package var subject: Descriptor?
    package var artifactType: String?
    package var annotations: [String: String]?
    package var otherFields: [String: JSONValue] = [:]

    package init(
        mediaType: MediaType = .ociManifest, config: Descriptor, layers: [Descriptor],
        annotations: [String: String]? = nil
    ) {
        self.mediaType = mediaType
        self.config = config
        self.layers = layers
        self.annotations = annotations
    }

    /// Reads a manifest document; `mediaType` is what its transport said, used where the document says nothing.
    package init(parsing bytes: some Sequence<UInt8>, mediaType: MediaType? = nil) throws(DocumentError) {
        var reader = try JSONReader(JSONValue(parsing: bytes), path: "")
        if let version = try reader.integer("schemaVersion"), version != 2 {
            throw .unexpected(path: "schemaVersion", expected: "2", found: "\(version)")
        }
        self.mediaType = try reader.string("mediaType").map(MediaType.init) ?? mediaType ?? .ociManifest
        guard let config = try reader.value("config", Descriptor.init(_:path:)) else {
            throw reader.missing("config", "a descriptor")
        }
        self.config = config
        layers = try reader.values("layers", Descriptor.init(_:path:)) ?? []
        subject = try reader.value("subject", Descriptor.init(_:path:))
        artifactType = try reader.string("artifactType")
        annotations = try reader.stringMap("annotations")
        otherFields = reader.rest
    }

    package var json: JSONValue {
        var members = otherFields
        members["schemaVersion"] = .integer(2)
        members["mediaType"] = .string(mediaType.description)
        members["config"] = config.json
        members["layers"] = .array(layers.map(\.json))
        if let subject { members["subject"] = subject.json }
        members.set("artifactType", artifactType)
        members.set("annotations", annotations)
        return .object(members)
    }
}
