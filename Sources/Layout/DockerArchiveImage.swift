import Cryptography
import OCI

/// An image as the `manifest.json` of a `docker save` archive lists it.
struct DockerArchiveImage: Hashable, Sendable {
    static let listName = "manifest.json"
    private static let longestList: Int64 = 16 << 20

    /// The configuration's file.
    var config: String
    /// `REPOSITORY:TAG`.
    var tags: [String]
    /// The layers' files, lowest first.
    var layers: [String]

    var json: JSONValue {
        .object([
            "Config": .string(config),
            "RepoTags": tags.isEmpty ? .null : .array(tags.map(JSONValue.string)),
            "Layers": .array(layers.map(JSONValue.string)),
        ])
    }

    /// Reads the list of an archive's images.
    static func list(_ file: any ByteSource, _ operation: String) throws -> [DockerArchiveImage] {
        guard file.size <= longestList else {
            throw LayoutError(
                .damaged, operation, "`\(listName)` has \(file.size) bytes, more than \(longestList)")
        }
        let bytes = try file.piece(at: 0, count: Int(file.size))
        let document = try LayoutError.reading("`\(listName)`", operation) { () throws(DocumentError) in
            try JSONValue(parsing: bytes)
        }
        guard let entries = document.array else {
            throw LayoutError(
                .damaged, operation, "`\(listName)` should be an array, and is \(document.typeName)")
        }
        return try entries.enumerated().map { index, entry in
            guard let image = DockerArchiveImage(entry) else {
                throw LayoutError(
                    .damaged, operation,
                    "image \(index + 1) in `\(listName)` should have a text `Config` and arrays of texts "
                        + "`Layers` and `RepoTags`")
            }
            return image
        }
    }

    private init?(_ json: JSONValue) {
        guard let config = json.object?["Config"]?.string,
            let layers = Self.texts(json.object?["Layers"]), let tags = Self.texts(json.object?["RepoTags"])
        else { return nil }
        self.init(config: config, tags: tags, layers: layers)
    }

    init(config: String, tags: [String], layers: [String]) {
        self.config = config
        self.tags = tags
        self.layers = layers
    }

    /// Go writes an empty list as `null`.
    private static func texts(_ json: JSONValue?) -> [String]? {
        guard let json, json != .null else { return [] }
        guard let array = json.array else { return nil }
        let texts = array.compactMap(\.string)
        return texts.count == array.count ? texts : nil
    }
}

/// Finds an image in a `docker save` archive.
struct DockerArchiveReader {
    let files: any LayoutFiles
    let images: [DockerArchiveImage]

    func image(_ selection: LayoutSelection) throws -> DockerArchiveImage {
        let found =
            switch selection {
            case .only: images
            case .name(let name): images.filter { $0.tags.contains { ImageReference.areSame($0, name) } }
            case .digest(let digest): try images.filter { try Digest(of: config(of: $0)) == digest }
            }
        if let image = found.first, Set(found).count == 1 { return image }
        let tags = images.flatMap(\.tags).joined(separator: "`, `")
        let hint = tags.isEmpty ? nil : "it has `\(tags)`"
        guard found.isEmpty else {
            throw LayoutError(
                .ambiguous, files.operation, "it holds \(found.count) images to choose from", hint: hint)
        }
        switch selection {
        case .only: throw LayoutError(.unknown, files.operation, "it holds no image")
        case .name(let name):
            throw LayoutError(.unknown, files.operation, "it has no image called `\(name)`", hint: hint)
        case .digest(let digest):
            throw LayoutError(
                .unknown, files.operation, "it has no image whose configuration is `\(digest)`", hint: hint)
        }
    }

    /// The bytes of an image's configuration.
    func config(of image: DockerArchiveImage) throws -> [UInt8] {
        guard let file = try files.file(image.config) else {
            throw LayoutError(.damaged, files.operation, "the configuration `\(image.config)` is missing")
        }
        guard file.size <= 4 << 20 else {
            throw LayoutError(
                .damaged, files.operation, "the configuration `\(image.config)` has \(file.size) bytes")
        }
        return try file.piece(at: 0, count: Int(file.size))
    }
}
