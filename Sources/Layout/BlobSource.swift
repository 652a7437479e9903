import Blobs
import Cryptography
import OCI

/// Where an image's documents and layers are found by their digest: a store, or a layout.
protocol BlobSource: Sendable {
    /// What is being done with it, as a verb phrase; errors begin with it.
    var operation: String { get }

    /// What the errors call it.
    var place: String { get }

    /// The blob's bytes, not verified yet; `nil` where it is missing.
    func blob(_ digest: Digest) throws -> (any ByteSource)?
}

extension BlobSource {
    /// No document of an image is larger; what is, is no document.
    private static var longestDocument: Int64 { 4 << 20 }

    /// The blob that a descriptor names, of the size that it says.
    func blob(of descriptor: Descriptor) throws -> any ByteSource {
        guard let blob = try blob(descriptor.digest) else {
            throw LayoutError(.damaged, operation, "the blob `\(descriptor.digest)` is missing in \(place)")
        }
        guard blob.size == descriptor.size else {
            throw LayoutError(
                .damaged, operation,
                "the blob `\(descriptor.digest)` should have \(descriptor.size) bytes, and has \(blob.size)")
        }
        return blob
    }

    /// A document's bytes, verified.
    func document(_ descriptor: Descriptor) throws -> [UInt8] {
        let blob = try blob(of: descriptor)
        guard blob.size <= Self.longestDocument else {
            throw LayoutError(
                .damaged, operation,
                "the document `\(descriptor.digest)` has \(blob.size) bytes, more than \(Self.longestDocument)"
            )
        }
        let bytes = try blob.piece(at: 0, count: Int(blob.size))
        let found = try Digest(of: bytes, descriptor.digest.algorithm)
        guard found == descriptor.digest else {
            throw LayoutError(
                .damaged, operation,
                "the blob `\(descriptor.digest)` has other bytes: their digest is `\(found)`")
        }
        return bytes
    }

    func manifest(_ descriptor: Descriptor) throws -> ImageManifest {
        let bytes = try document(descriptor)
        return try LayoutError.reading("the manifest `\(descriptor.digest)`", operation) {
            () throws(DocumentError) in
            try ImageManifest(parsing: bytes, mediaType: descriptor.mediaType)
        }
    }

    func index(_ descriptor: Descriptor) throws -> ImageIndex {
        let bytes = try document(descriptor)
        return try LayoutError.reading("the index `\(descriptor.digest)`", operation) {
            () throws(DocumentError) in
            try ImageIndex(parsing: bytes, mediaType: descriptor.mediaType)
        }
    }

    func config(_ descriptor: Descriptor) throws -> ImageConfig {
        let bytes = try document(descriptor)
        return try LayoutError.reading("the configuration `\(descriptor.digest)`", operation) {
            () throws(DocumentError) in
            try ImageConfig(parsing: bytes)
        }
    }

    /// The manifest for a platform: the descriptor itself, where it is a manifest's.
    func manifest(of top: Descriptor, for platform: Platform) throws -> Descriptor {
        var found = top
        // An index may name indexes, but nobody nests them deeper.
        for _ in 0..<ImageWalk.greatestDepth {
            if found.mediaType.isManifest { return found }
            guard found.mediaType.isIndex else {
                throw LayoutError(
                    .damaged, operation,
                    "`\(found.digest)` is of the type `\(found.mediaType)`, which is no image")
            }
            let index = try index(found)
            guard let chosen = index.manifest(for: platform) else {
                let offered = index.manifests.compactMap { $0.platform.map { "`\($0)`" } }
                throw LayoutError(
                    .unknown, operation,
                    "the image `\(top.digest)` is not there for `\(platform)`; it is for "
                        + (offered.isEmpty ? "no platform" : offered.joined(separator: ", ")))
            }
            found = chosen
        }
        throw LayoutError(.damaged, operation, "the index `\(top.digest)` names indexes without end")
    }
}

/// A blob store as what a layout is written from.
struct StoredBlobs: BlobSource {
    let store: BlobStore
    let operation: String
    let place = "the store"

    func blob(_ digest: Digest) throws -> (any ByteSource)? {
        do { return try store.reader(of: digest) } catch {
            if error.reason == .unknown { return nil }
            throw error
        }
    }
}
