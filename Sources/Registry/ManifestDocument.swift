import Cryptography
package import OCI

/// A manifest or index in its exact bytes, read and found sound; what it refers to need not be there.
package struct ManifestDocument: Hashable, Sendable {
    /// The most bytes that a manifest may have: what the distribution specification wants any client to be able to
    /// push.
    package static let sizeLimit = 4 << 20

    package let bytes: [UInt8]
    package let digest: Digest
    package let mediaType: MediaType
    /// What the registry must hold as blobs: configuration and layers.
    let blobs: [Descriptor]
    /// An index's manifests.
    let manifests: [Descriptor]
    let subject: Digest?
    /// What a list of referrers calls it: its own artifact type, or else its configuration's media type.
    let artifactType: String?
    let annotations: [String: String]?

    /// Reads a document.
    ///
    /// - Parameters:
    ///   - mediaType: what its transport called it; `nil` where it said nothing.
    ///   - algorithm: what the document is to be named by.
    ///
    /// Throws ``RegistryError/manifestInvalid(_:)`` when it is no manifest or index of OCI or Docker's schema 2,
    /// calls itself something else than its transport, or could be read both as a manifest and as an index.
    package init(
        _ bytes: [UInt8], mediaType: MediaType?, algorithm: Digest.Algorithm = .sha256
    ) throws {
        guard bytes.count <= Self.sizeLimit else {
            throw RegistryError.manifestTooLarge(limit: Self.sizeLimit)
        }
        let type = try Self.type(of: bytes, claimed: mediaType)
        do {
            if type.isIndex {
                let index = try ImageIndex(parsing: bytes, mediaType: type)
                // BuildKit's caches are indexes of layers: what is no manifest by its type is a blob.
                manifests = index.manifests.filter(\.isManifest)
                blobs = index.manifests.filter { !$0.isManifest && $0.isHeldHere }
                subject = index.subject?.digest
                artifactType = index.artifactType
                annotations = index.annotations
            } else {
                let manifest = try ImageManifest(parsing: bytes, mediaType: type)
                blobs = ([manifest.config] + manifest.layers).filter(\.isHeldHere)
                manifests = []
                subject = manifest.subject?.digest
                artifactType = manifest.artifactType ?? manifest.config.mediaType.description
                annotations = manifest.annotations
            }
        } catch {
            throw RegistryError.manifestInvalid("\(error)")
        }
        self.bytes = bytes
        self.mediaType = type
        digest = try Digest(of: bytes, algorithm)
    }

    private static func type(of bytes: [UInt8], claimed: MediaType?) throws -> MediaType {
        let json: JSONValue
        do { json = try JSONValue(parsing: bytes) } catch { throw RegistryError.manifestInvalid("\(error)") }
        guard let members = json.object else {
            throw RegistryError.manifestInvalid("the document is \(json.typeName), and should be an object")
        }
        let own = members["mediaType"]?.string.map { MediaType($0) }
        if let own, let claimed, own != claimed {
            throw RegistryError.manifestInvalid(
                "the document calls itself `\(own)`, and its Content-Type is `\(claimed)`")
        }
        guard let type = own ?? claimed else {
            throw RegistryError.manifestInvalid("neither a Content-Type nor a `mediaType` says what it is")
        }
        guard type.isIndex || type.isManifest else {
            throw RegistryError.manifestInvalid(
                "`\(type)` is no manifest of OCI or of Docker's schema 2")
        }
        // Two programs that read one document differently would see two images under one digest.
        let foreign = type.isIndex ? ["config", "layers"] : ["manifests"]
        if let field = foreign.first(where: { members[$0] != nil }) {
            throw RegistryError.manifestInvalid("a document of the type `\(type)` has no field `\(field)`")
        }
        return type
    }
}

extension Descriptor {
    fileprivate var isManifest: Bool { mediaType.isManifest || mediaType.isIndex }

    /// Whether a registry holds the blob: non-distributable layers lie elsewhere (OCI image specification, layer.md).
    fileprivate var isHeldHere: Bool {
        mediaType != .dockerForeignLayerGzip
            && !mediaType.description.hasPrefix("application/vnd.oci.image.layer.nondistributable.v1.")
    }
}
