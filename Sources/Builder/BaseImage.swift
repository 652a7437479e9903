package import OCI

/// An image that a build stands on or copies from, for one platform; its layers are in the builder's blob store.
package struct BaseImage: Hashable, Sendable {
    package var reference: ImageReference
    /// What the reference pointed at: the manifest's own digest, or that of the index that holds it.
    package var digest: Digest
    package var config: ImageConfig
    /// Lowest first.
    package var layers: [Layer]

    /// Pairs a manifest's layers with the diff IDs of its configuration.
    ///
    /// Throws ``BuildError`` when there are not as many of these as of those.
    package init(
        reference: ImageReference, digest: Digest, manifest: ImageManifest, config: ImageConfig
    ) throws(BuildError) {
        guard manifest.layers.count == config.diffIDs.count else {
            throw BuildError(
                "the image `\(reference.familiar)` has \(manifest.layers.count) layers, and its configuration "
                    + "\(config.diffIDs.count) diff IDs")
        }
        self.reference = reference
        self.digest = digest
        self.config = config
        layers = zip(manifest.layers, config.diffIDs).map { Layer(descriptor: $0, diffID: $1) }
    }

    /// Throws ``BuildError`` when the image says that it is made for another system or processor.
    func check(_ wanted: Platform) throws(BuildError) {
        let own = config.platform
        let isOther = { (own: String, wanted: String) in !own.isEmpty && own != wanted }
        guard isOther(own.os, wanted.os) || isOther(own.architecture, wanted.architecture) else { return }
        throw BuildError(
            "the image `\(reference.familiar)` is made for \(own), and the build is for \(wanted)",
            hint: "build for that platform with `--platform \(own)`, or use another image")
    }
}

/// Where a build finds the images that its Dockerfile names.
package protocol ImageSource: Sendable {
    /// Resolves a reference and brings the image's layers into the builder's blob store.
    ///
    /// - Parameter reference: as the Dockerfile has it, variables replaced.
    ///
    /// Throws ``BuildError`` where there is no such image: it is told at its place in the Dockerfile.
    func image(_ reference: String, platform: Platform) async throws -> BaseImage

    /// The same, telling how much of the layers has come.
    ///
    /// - Parameter report: is told the bytes so far, and those of all that is missing here; called from any thread.
    func image(
        _ reference: String, platform: Platform,
        report: @escaping @Sendable (_ received: Int64, _ total: Int64) -> Void
    ) async throws -> BaseImage
}

extension ImageSource {
    package func image(
        _ reference: String, platform: Platform,
        report: @escaping @Sendable (_ received: Int64, _ total: Int64) -> Void
    ) async throws -> BaseImage {
        try await image(reference, platform: platform)
    }
}
