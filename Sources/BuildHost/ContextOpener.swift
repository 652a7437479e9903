package import Blobs
package import Builder
package import Git
import Layout
import OCI

/// Opens build contexts wherever they are.
package struct ContextOpener: Sendable {
    let store: BlobStore
    let files: HTTPFiles
    let git: GitSources
    let images: any ImageSource

    package init(store: BlobStore, files: HTTPFiles, git: GitSources, images: any ImageSource) {
        self.store = store
        self.files = files
        self.git = git
        self.images = images
    }

    /// A build's context, open.
    package struct Opened: Sendable {
        package var tree: any FileTree
        /// A Dockerfile that came instead of a context, or as one: where it is, and its path there.
        package var dockerfile: (source: any FileTree, path: String)?
        /// When it last changed, where it says so for all of its files: a commit's time, a server's `Last-Modified`.
        package var time: Int64?
        /// The commit that it is, for who asks what an image was made of.
        package var commit: ObjectID?
        /// The URL that it came from, without credentials.
        package var url: String?

        package init(tree: any FileTree, time: Int64? = nil) {
            self.tree = tree
            self.time = time
        }
    }

    /// Opens the context of a build.
    ///
    /// - Parameter standardInput: the descriptor that `-` is read from, to its end.
    ///
    /// Throws ``BuildError`` where the user is to blame, ``ArchiveError`` for a damaged archive, and what the network and
    /// the disk do.
    package func open(
        _ reference: BuildContextReference, standardInput: Int32 = 0
    ) async throws -> Opened {
        switch reference {
        case .directory(let path): return Opened(tree: DirectoryTree(directory: path))
        case .standardInput:
            let file = try await StandardInput(descriptor: standardInput).stored(in: store)
            return try await opened(file, dockerfile: "Dockerfile", isContext: false)
        case .url(let url):
            let file = try await files.file(at: url)
            // As BuildKit calls it.
            var opened = try await opened(file, dockerfile: "context", isContext: true)
            opened.time = file.modified
            opened.url = RemoteURL.withoutCredentials(url)
            return opened
        case .git(let reference):
            let checkout = try await git.checkout(reference)
            var opened = Opened(tree: checkout.tree, time: checkout.commit.time)
            opened.commit = checkout.commit.id
            opened.url = checkout.url.description
            return opened
        case .image, .layout:
            throw BuildError("an image is no build context", hint: "give it a name with `--build-context`")
        }
    }

    /// An archive is its files; all else is a Dockerfile.
    ///
    /// - Parameter isContext: whether a Dockerfile is a file of the context, too, as with BuildKit that by URL is.
    private func opened(
        _ file: RemoteFile, dockerfile name: String, isContext: Bool
    ) async throws -> Opened {
        if try ContextArchive.isArchive(file.content) {
            return Opened(tree: try await ContextArchive.open(file.digest, in: store))
        }
        guard file.size > 0 else { throw BuildError("the build context is empty") }
        let source = RemoteFileTree(file, name: name, mode: 0o600)
        var opened = Opened(tree: isContext ? source : LayeredTree())
        opened.dockerfile = (source, name)
        return opened
    }

    /// A named context, to be opened when a build needs it.
    package func source(_ reference: BuildContextReference, name: String) -> any ContextSource {
        NamedContextSource(opener: self, reference: reference, name: name)
    }
}

/// A named context that is opened when a build needs it.
private struct NamedContextSource: ContextSource {
    let opener: ContextOpener
    let reference: BuildContextReference
    let name: String

    func open(for platform: Platform) async throws -> NamedContext {
        switch reference {
        case .image("scratch"): return .tree(LayeredTree())
        case .image(let text): return .image(try await opener.images.image(text, platform: platform))
        case .layout(let location): return .image(try await image(in: location, platform))
        case .standardInput: throw BuildError("the context `\(name)` cannot come from standard input")
        // Only a directory's `.dockerignore` counts, as with BuildKit.
        case .directory:
            let tree = try await opener.open(reference).tree
            return .tree(try await ContextIgnore.apply(to: tree))
        case .url, .git: return .tree(try await opener.open(reference).tree)
        }
    }

    /// An image of a layout; it has the context's name where that is one that images have.
    private func image(in location: LayoutLocation, _ platform: Platform) async throws -> BaseImage {
        do {
            let layout = try await ImageLayout.open(location.path, store: opener.store)
            let fetched = try await layout.fetch(location.selection, for: platform)
            let digest = fetched.top.digest
            // Any name serves: the digest says which image it is.
            let named = try (try? ImageReference(name)) ?? ImageReference("context")
            return try BaseImage(
                reference: named.pinned(to: digest), digest: digest, manifest: fetched.document,
                config: fetched.config)
        } catch let error as LayoutError where error.reason != .system {
            throw BuildError(error.description, hint: error.hint)
        }
    }
}
