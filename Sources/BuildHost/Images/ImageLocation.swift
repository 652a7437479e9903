package import Builder
import Glibc
package import Layout
package import OCI
import Remote

/// Where an image is that is to be changed or looked at.
package enum ImageLocation: Hashable, Sendable {
    case registry(ImageReference)
    /// `oci:PATH[:TAG]`: a layout's directory or archive.
    case layout(LayoutLocation)

    /// Reads `oci:PATH[:TAG][@DIGEST]`, `docker-archive:FILE`, or a reference.
    ///
    /// Throws ``BuildError`` where it is neither.
    package init(_ text: String) throws {
        for scheme in ["oci:", "oci-archive:", "docker-archive:"] where text.hasPrefix(scheme) {
            self = .layout(try LayoutLocation(String(text.dropFirst(scheme.count))))
            return
        }
        self = .registry(try ImageReference(text))
    }

    /// `nil` for an image that is in no registry.
    package var reference: ImageReference? {
        if case .registry(let reference) = self { reference } else { nil }
    }
}

/// An image whose blobs are in the store.
package struct LoadedImage: Sendable {
    /// The manifest for the platform.
    package var manifest: Descriptor
    package var digest: Digest { manifest.digest }
    package var config: ImageConfig
    package var layers: [Layer]
    package var annotations: [String: String]
}

extension LocalBuilder {
    /// Brings an image into the store.
    ///
    /// Throws ``BuildError`` where there is no such image.
    package func load(_ location: ImageLocation, for platform: Platform = .host) async throws -> LoadedImage {
        switch location {
        case .registry(let reference):
            let pulled = try await client.pull(reference, for: platform, into: store)
            let manifest = try ImageManifest(parsing: pulled.manifest.bytes)
            let config = try ImageConfig(parsing: pulled.config)
            return try loaded(pulled.manifest.descriptor, manifest, config)
        case .layout(let location):
            let layout = try await ImageLayout.open(location.path, store: store)
            let fetched = try await layout.fetch(location.selection, for: platform)
            return try loaded(fetched.manifest, fetched.document, fetched.config)
        }
    }

    private func loaded(
        _ descriptor: Descriptor, _ manifest: ImageManifest, _ config: ImageConfig
    ) throws -> LoadedImage {
        let base = try BaseImage(
            reference: ImageReference("image"), digest: descriptor.digest, manifest: manifest, config: config)
        return LoadedImage(
            manifest: descriptor, config: config, layers: base.layers,
            annotations: manifest.annotations ?? [:])
    }
}

extension LocalBuilder {
    /// Stores a file of this machine, and names it.
    package func store(file path: String) async throws -> Digest {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw BuildError("could not open `\(path)`: \(String(cString: strerror(errno)))")
        }
        defer { close(file) }
        return try await StandardInput(descriptor: file).stored(in: store).digest
    }
}
