package import Blobs
import Glibc
package import OCI

/// Images in a directory or an archive, open for reading: an OCI image layout, or what `docker save` writes.
///
/// Nothing is believed: what is brought into the store has the size and the digest that its descriptor says.
package struct ImageLayout: Sendable {
    enum Contents: Sendable {
        case oci(ImageIndex)
        case docker([DockerArchiveImage])
    }

    /// An image that the layout lists.
    package struct Entry: Hashable, Sendable {
        package let names: [String]
        /// What is listed; `nil` in a `docker save` archive, whose images have no manifest before they are
        /// fetched.
        package let descriptor: Descriptor?
    }

    let files: any LayoutFiles
    let contents: Contents
    let store: BlobStore
    var operation: String { files.operation }

    /// Opens a layout.
    ///
    /// - Parameters:
    ///   - path: a directory with an OCI layout; or a tar archive, compressed or not, with one or as `docker save`
    ///     writes it.
    ///   - store: where images are brought to, and a compressed archive is unpacked meanwhile.
    ///
    /// Throws ``LayoutError`` where it is neither.
    package static func open(_ path: String, store: BlobStore) async throws -> ImageLayout {
        try await blocking { _ in try ImageLayout(opening: path, store: store) }
    }

    private init(opening path: String, store: BlobStore) throws {
        var status = stat()
        guard stat(path, &status) == 0 else {
            let operation = "read the image layout `\(path)`"
            if errno == ENOENT || errno == ENOTDIR {
                throw LayoutError(.unknown, operation, "there is no such file or directory")
            }
            throw LayoutError(operation, "look at it", errno: errno)
        }
        if status.st_mode & S_IFMT == S_IFDIR {
            let files = DirectoryFiles(directory: path, operation: "read the OCI layout `\(path)`")
            self.init(files: files, contents: .oci(try LayoutDocuments(files).index()), store: store)
        } else {
            let operation = "read the image archive `\(path)`"
            guard let file = try InputFile(opening: path, operation) else {
                throw LayoutError(.unknown, operation, "there is no such file")
            }
            let files = try ArchiveFiles(opening: file, operation, scratchIn: store)
            self.init(files: files, contents: try Self.contents(of: files), store: store)
        }
    }

    private init(files: any LayoutFiles, contents: Contents, store: BlobStore) {
        self.files = files
        self.contents = contents
        self.store = store
    }

    /// An archive that is both says more as an OCI layout: the manifests' digests.
    private static func contents(of files: ArchiveFiles) throws -> Contents {
        let documents = LayoutDocuments(files)
        if try documents.isLayout() { return .oci(try documents.index()) }
        guard let list = try files.file(DockerArchiveImage.listName) else {
            throw LayoutError(
                .damaged, files.operation,
                "it has neither `\(LayoutDocuments.markerName)` nor `\(DockerArchiveImage.listName)`",
                hint: "a root file system's archive becomes an image with `slipway image import`")
        }
        return .docker(try DockerArchiveImage.list(list, files.operation))
    }

    /// What the layout lists, in its order: images, and artifacts that belong to them.
    package var entries: [Entry] {
        switch contents {
        case .oci(let index): index.manifests.map { Entry(names: $0.layoutNames, descriptor: $0) }
        case .docker(let images): images.map { Entry(names: $0.tags, descriptor: nil) }
        }
    }

    /// Brings one platform's image into the store.
    ///
    /// Throws ``LayoutError`` where there is no such image, or something of it is missing or is not what it
    /// is said to be.
    package func fetch(_ selection: LayoutSelection, for platform: Platform) async throws -> FetchedImage {
        try await blocking { isCanceled in
            let top = try bring(selection, isCanceled) { try $0.manifest(of: $1, for: platform) }
            let stored = StoredBlobs(store: store, operation: operation)
            let manifest = try stored.manifest(top.chosen)
            return FetchedImage(
                top: top.found, manifest: top.chosen, document: manifest,
                config: try stored.config(manifest.config))
        }
    }

    /// Brings a whole image into the store, for all its platforms, or an artifact; returns what it is named
    /// by.
    package func fetchAll(_ selection: LayoutSelection) async throws -> Descriptor {
        try await blocking { isCanceled in try bring(selection, isCanceled) { $1 }.chosen }
    }

    private func bring(
        _ selection: LayoutSelection, _ isCanceled: @escaping CancellationQuestion,
        choose: (any BlobSource, Descriptor) throws -> Descriptor
    ) throws -> (found: Descriptor, chosen: Descriptor) {
        let transfer = VerifiedTransfer(operation: operation, isCanceled: isCanceled)
        switch contents {
        case .docker(let images):
            let image = try DockerArchiveReader(files: files, images: images).image(selection)
            let descriptor = try DockerArchiveImport(files: files, store: store, transfer: transfer)
                .bring(image)
            return (descriptor, descriptor)
        case .oci(let index):
            let blobs = LayoutBlobs(files: files)
            let found = try LayoutFinder(index: index, blobs: blobs).descriptor(selection)
            let chosen = try choose(blobs, found)
            var walk = ImageWalk(blobs)
            try walk.add(chosen)
            for blob in walk.blobs { try transfer.store(blob, from: blobs, in: store) }
            return (found, chosen)
        }
    }
}

/// An image of one platform that is in the store, whole and verified.
package struct FetchedImage: Hashable, Sendable {
    /// What the layout lists: an index, where it has several platforms.
    package let top: Descriptor
    package let manifest: Descriptor
    package let document: ImageManifest
    package let config: ImageConfig
}

/// A layout's blobs, in the folder of that name.
struct LayoutBlobs: BlobSource {
    let files: any LayoutFiles
    let place = "it"
    var operation: String { files.operation }

    func blob(_ digest: Digest) throws -> (any ByteSource)? { try files.file(Self.path(of: digest)) }

    /// Where a blob lies in any OCI image layout.
    static func path(of digest: Digest) -> String { "blobs/\(digest.algorithm.rawValue)/\(digest.hex)" }
}
