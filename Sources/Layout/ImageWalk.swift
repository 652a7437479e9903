import OCI

/// Finds all blobs that images are made of, from the descriptors of their manifests and indexes.
struct ImageWalk {
    /// How deep documents may name documents: an index, manifests, and room for indexes of indexes.
    static let greatestDepth = 8

    private struct Visited: Hashable {
        let digest: Digest
        let mediaType: MediaType
    }

    private let source: any BlobSource
    private var visited: Set<Visited> = []
    private var known: Set<Digest> = []
    /// Each blob once; a document stands behind all that it names.
    private(set) var blobs: [Descriptor] = []

    init(_ source: any BlobSource) { self.source = source }

    /// Adds a blob and what it is made of.
    ///
    /// The subject that an artifact points at is not part of it. Throws ``LayoutError`` where something is
    /// missing, has another size than a descriptor says, or is a document that cannot be read.
    mutating func add(_ descriptor: Descriptor) throws { try add(descriptor, depth: 0) }

    private mutating func add(_ descriptor: Descriptor, depth: Int) throws {
        guard depth < Self.greatestDepth else {
            throw LayoutError(
                .damaged, source.operation, "`\(descriptor.digest)` is nested more than \(depth) levels deep")
        }
        // Where a foreign layer comes from is what its descriptor says.
        if descriptor.mediaType.isForeignLayer, try source.blob(descriptor.digest) == nil { return }
        // The size is looked at each time: of two descriptors one may lie.
        _ = try source.blob(of: descriptor)
        let visit = Visited(digest: descriptor.digest, mediaType: descriptor.mediaType)
        guard visited.insert(visit).inserted else { return }
        for part in try parts(of: descriptor) { try add(part, depth: depth + 1) }
        if known.insert(descriptor.digest).inserted { blobs.append(descriptor) }
    }

    private func parts(of descriptor: Descriptor) throws -> [Descriptor] {
        if descriptor.mediaType.isIndex { return try source.index(descriptor).manifests }
        guard descriptor.mediaType.isManifest else { return [] }
        let manifest = try source.manifest(descriptor)
        return [manifest.config] + manifest.layers
    }
}
