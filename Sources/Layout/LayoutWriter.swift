package import Blobs
package import OCI

/// Writes images out of a store: as an OCI image layout, or as the archive that `docker load` takes.
///
/// All that an image is made of must be in the store; each blob's digest is checked as it is written. Blobs
/// are copied, never linked: what happens to the output later must not happen to the store. Equal images
/// give equal bytes.
package struct LayoutWriter: Sendable {
    private let store: BlobStore

    package init(store: BlobStore) { self.store = store }

    /// Writes or completes an OCI image layout in a directory, which is made where it is not there.
    ///
    /// What an existing layout lists stays, except for entries of the same name
    /// (`org.opencontainers.image.ref.name`), and blobs that it has are not written again. The index comes
    /// last, and is replaced in one step; two writers at the same time do not lose each other's entries.
    /// Throws ``LayoutError``.
    package func write(_ roots: [LayoutRoot], toDirectory path: String) async throws {
        try await blocking { isCanceled in
            let (source, transfer) = parts("write the OCI layout `\(path)`", isCanceled)
            let directory = LayoutDirectory(path: path, source: source, transfer: transfer)
            let entries = try roots.flatMap { try $0.entries(source) }
            try directory.write(blobs(of: roots, source), entries)
        }
    }

    /// Writes an OCI image layout as a tar archive. Throws ``LayoutError``.
    package func write(_ roots: [LayoutRoot], toArchive destination: ArchiveDestination) async throws {
        try await blocking { isCanceled in
            let (source, transfer) = parts("write the OCI archive\(destination.suffix)", isCanceled)
            var contents = ArchiveContents()
            for blob in try blobs(of: roots, source) {
                contents.add(blob) { try source.blob(of: blob).pieces() }
            }
            var index = ImageIndex(manifests: [])
            index.merge(try roots.flatMap { try $0.entries(source) })
            contents.add(LayoutDocuments.marker, as: LayoutDocuments.markerName)
            contents.add(index.json.canonical, as: LayoutDocuments.indexName)
            try write(contents, to: destination, transfer)
        }
    }

    /// Writes images as `docker save` does: an archive that `docker load` takes, and an OCI image layout as
    /// well.
    ///
    /// Layers are not compressed in it, so the manifests' digests are others than in the store; the
    /// configurations' are the same.
    ///
    /// - Parameter platform: which one of an index's images is meant; where that has only one, it need not be said.
    ///
    /// Throws ``LayoutError`` for artifacts, for an index with several platforms where none is chosen, and
    /// for a layer that has another diff ID than the configuration says.
    package func writeDockerArchive(
        _ roots: [LayoutRoot], for platform: Platform? = nil, to destination: ArchiveDestination
    ) async throws {
        try await blocking { isCanceled in
            let (source, transfer) = parts("write the Docker archive\(destination.suffix)", isCanceled)
            var archive = DockerArchiveWriter(source: source, transfer: transfer)
            for root in roots { try archive.add(root, platform) }
            try write(archive.finish(), to: destination, transfer)
        }
    }

    private func parts(
        _ operation: String, _ isCanceled: @escaping CancellationQuestion
    ) -> (StoredBlobs, VerifiedTransfer) {
        (
            StoredBlobs(store: store, operation: operation),
            VerifiedTransfer(operation: operation, isCanceled: isCanceled)
        )
    }

    private func blobs(of roots: [LayoutRoot], _ source: StoredBlobs) throws -> [Descriptor] {
        var walk = ImageWalk(source)
        for root in roots { try walk.add(root.descriptor) }
        return walk.blobs
    }

    /// Nothing is opened before all that can be known is known: a failed write leaves what was there.
    private func write(
        _ contents: ArchiveContents, to destination: ArchiveDestination, _ transfer: VerifiedTransfer
    ) throws {
        let output = try OutputFile(destination, transfer.operation)
        try contents.write(to: output, transfer)
        try output.finish()
    }
}

extension ArchiveDestination {
    /// For the end of a sentence.
    fileprivate var suffix: String {
        switch self {
        case .file(let path): " `\(path)`"
        case .descriptor: ""
        }
    }
}
