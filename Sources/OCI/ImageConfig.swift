/// What an image is made of and how it runs (OCI image specification, config.md, with Docker's extensions).
package struct ImageConfig: Hashable, Sendable {
    package var platform: Platform
    /// When the image was made, RFC 3339.
    package var created: String?
    package var author: String?
    /// How a container of this image runs.
    package var execution = Execution()
    /// The digests of the layers' tar archives, lowest first.
    package var diffIDs: [Digest] = []
    package var history: [HistoryEntry] = []
    package var otherFields: [String: JSONValue] = [:]

    package init(platform: Platform) { self.platform = platform }

    /// Reads a configuration document.
    package init(parsing bytes: some Sequence<UInt8>) throws(DocumentError) {
        var reader = try JSONReader(JSONValue(parsing: bytes), path: "")
        platform = Platform(
            os: try reader.string("os") ?? "", architecture: try reader.string("architecture") ?? "",
            variant: try reader.string("variant"))
        created = try reader.string("created")
        author = try reader.string("author")
        execution = try reader.value("config", Execution.init(_:path:)) ?? Execution()
        diffIDs = try reader.value("rootfs", Self.diffIDs) ?? []
        history = try reader.values("history", HistoryEntry.init(_:path:)) ?? []
        otherFields = reader.rest
    }

    private static func diffIDs(_ json: JSONValue, path: String) throws(DocumentError) -> [Digest] {
        var reader = try JSONReader(json, path: path)
        var digests: [Digest] = []
        for (index, text) in (try reader.strings("diff_ids") ?? []).enumerated() {
            do { digests.append(try Digest(text)) } catch {
                throw .unexpected(
                    path: "\(path).diff_ids[\(index)]", expected: "a digest", found: "`\(text)`")
            }
        }
        return digests
    }

    package var json: JSONValue {
        var members = otherFields
        members["os"] = .string(platform.os)
        members["architecture"] = .string(platform.architecture)
        members.set("variant", platform.variant)
        members.set("created", created)
        members.set("author", author)
        members["config"] = execution.json
        members["rootfs"] = .object([
            "type": .string("layers"), "diff_ids": .array(diffIDs.map { .string($0.description) }),
        ])
        if !history.isEmpty { members["history"] = .array(history.map(\.json)) }
        return .object(members)
    }
}

extension ImageConfig {
    /// One line of an image's history: what made a layer, or changed the configuration.
    package struct HistoryEntry: Hashable, Sendable {
        package var created: String?
        package var createdBy: String?
        package var comment: String?
        package var isEmptyLayer: Bool
        package var otherFields: [String: JSONValue] = [:]

        package init(created: String?, createdBy: String, comment: String? = nil, isEmptyLayer: Bool) {
            self.created = created
            self.createdBy = createdBy
            self.comment = comment
            self.isEmptyLayer = isEmptyLayer
        }

        init(_ json: JSONValue, path: String) throws(DocumentError) {
            var reader = try JSONReader(json, path: path)
            created = try reader.string("created")
            createdBy = try reader.string("created_by")
            comment = try reader.string("comment")
            isEmptyLayer = try reader.bool("empty_layer") ?? false
            otherFields = reader.rest
        }

        var json: JSONValue {
            var members = otherFields
            members.set("created", created)
            members.set("created_by", createdBy)
            members.set("comment", comment)
            if isEmptyLayer { members["empty_layer"] = .bool(true) }
            return .object(members)
        }
    }
}
