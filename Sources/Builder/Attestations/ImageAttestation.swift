package import Blobs
package import Inventory
package import OCI

/// Attaches documents to an image: each is an artifact whose manifest names the image as its subject, so that the
/// registry lists it among the image's referrers (OCI image specification, manifest.md, "Guidelines for Artifact Usage").
///
/// Equal documents give equal bytes.
package struct ImageAttestation {
    let store: BlobStore
    let subject: Descriptor
    let created: Int64

    /// - Parameters:
    ///   - subject: the manifest or index that the documents are about.
    ///   - created: in seconds since 1970-01-01 00:00:00 UTC: the image's own time, where the artifact is to be
    ///     reproducible.
    package init(to subject: Descriptor, created: Int64, store: BlobStore) {
        // What a registry is told of a subject is what names it.
        self.subject = Descriptor(mediaType: subject.mediaType, digest: subject.digest, size: subject.size)
        self.created = created
        self.store = store
    }

    /// Writes a list of what the image holds, and returns the artifact's manifest. Blocks.
    package func attach(_ document: SPDXDocument) throws -> Descriptor {
        try attach(document.json, SPDXDocument.mediaType, predicate: SPDXDocument.predicateType)
    }

    /// Writes how the image came to be, and returns the artifact's manifest. Blocks.
    package func attach(_ provenance: Provenance) throws -> Descriptor {
        try attach(provenance.json, Provenance.mediaType, predicate: Provenance.predicateType)
    }

    private func attach(_ document: JSONValue, _ type: MediaType, predicate: String) throws -> Descriptor {
        let annotations = [
            "in-toto.io/predicate-type": predicate,
            "org.opencontainers.image.created": RFC3339.text(created),
        ]
        var layer = try write(document.canonical, type)
        layer.annotations = annotations
        var manifest = ImageManifest(
            config: try write(Array("{}".utf8), .ociEmpty), layers: [layer], annotations: annotations)
        manifest.artifactType = type.description
        manifest.subject = subject
        var descriptor = try write(manifest.json.canonical, .ociManifest)
        descriptor.artifactType = type.description
        descriptor.annotations = annotations
        return descriptor
    }

    private func write(_ bytes: [UInt8], _ type: MediaType) throws -> Descriptor {
        Descriptor(mediaType: type, digest: try store.write(bytes), size: Int64(bytes.count))
    }
}
