import BuildHost
import Foundation
import OCI

/// What a build tells programs about its result: `--metadata-file`, in buildx's words.
struct BuildMetadata {
    private let result: BuildResult
    private let names: [ImageReference]

    init(_ result: BuildResult, _ names: [ImageReference]) {
        self.result = result
        self.names = names
    }

    private struct Record: Encodable {
        struct Descriptor: Encodable {
            var mediaType: String
            var digest: String
            var size: Int64
        }

        var digest: String
        var descriptor: Descriptor
        /// Of the one image; an index has many.
        var configDigest: String?
        var name: String?

        enum CodingKeys: String, CodingKey {
            case digest = "containerimage.digest"
            case descriptor = "containerimage.descriptor"
            case configDigest = "containerimage.config.digest"
            case name = "image.name"
        }
    }

    var json: Data {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            let root = result.root
            let name = names.map(\.description).joined(separator: ",")
            return try encoder.encode(
                Record(
                    digest: root.digest.description,
                    descriptor: .init(
                        mediaType: root.mediaType.description, digest: root.digest.description,
                        size: root.size),
                    configDigest: result.configDigest?.description,
                    name: name.isEmpty ? nil : name))
        }
    }
}
