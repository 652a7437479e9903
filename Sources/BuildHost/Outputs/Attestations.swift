import Blobs
package import Builder
import Dockerfile
package import Inventory
package import OCI
import Remote

/// What a build says of its result beside the image: a list of packages, and how it came to be.
package struct Attestations: Hashable, Sendable {
    package var hasPackages = false
    package var hasProvenance = false
    /// What the build used beside its context and base images.
    package var materials: Set<Material> = []
    /// Where the context came from.
    package var source: BuildParameters.Source?
    /// This program's version.
    package var toolVersion = ""

    package init() {}
}

/// A document about an image, in the store.
package struct AttachedDocument: Hashable, Sendable {
    /// The artifact's manifest.
    package var artifact: Descriptor
    /// The image that it is about.
    package var subject: Digest
}

extension LocalBuilder {
    /// Writes documents about each image of a result.
    ///
    /// The times in them are the images' own: equal builds give equal documents. A build's secrets are in none of them,
    /// nor is a build argument whose name says that it is one.
    package func attest(
        _ result: BuildResult, _ options: BuildOptions, _ attestations: Attestations, names: [ImageReference]
    ) async throws -> [AttachedDocument] {
        var documents: [AttachedDocument] = []
        for image in result.images {
            let attestation = ImageAttestation(
                to: image.manifest, created: options.effectiveEpoch, store: store)
            let name = names.first?.familiar ?? "image"
            if attestations.hasPackages {
                let contents = try await scan(image)
                let document = SPDXDocument(
                    image: .init(
                        name: name, digest: image.manifest.digest, platform: image.config.platform),
                    findings: contents.findings, distribution: contents.distribution,
                    created: options.effectiveEpoch, toolVersion: attestations.toolVersion)
                documents.append(try attached(try attestation.attach(document), image))
            }
            if attestations.hasProvenance {
                let provenance = provenance(of: image, name, options, attestations)
                documents.append(try attached(try attestation.attach(provenance), image))
            }
        }
        return documents
    }

    private func attached(_ artifact: Descriptor, _ image: BuiltImage) throws -> AttachedDocument {
        AttachedDocument(artifact: artifact, subject: image.manifest.digest)
    }

    private func scan(_ image: BuiltImage) async throws -> ImageContents {
        try await blocking { _ in try builder.contents(of: image) }
    }

    private func provenance(
        of image: BuiltImage, _ name: String, _ options: BuildOptions, _ attestations: Attestations
    ) -> Provenance {
        var parameters = BuildParameters(dockerfile: options.file)
        parameters.target = options.target
        parameters.buildArguments = options.buildArguments
        parameters.secretArguments = Set(options.buildArguments.keys.filter(SecretName.isSecret))
        parameters.labels = options.labels
        parameters.platform = image.config.platform
        parameters.source = attestations.source
        var provenance = Provenance(
            subjects: [.init(name: name, digest: image.manifest.digest)], parameters: parameters,
            run: .init(toolVersion: attestations.toolVersion))
        provenance.materials = image.bases.map { base in
            Material(image: base.reference, digest: base.digest, platform: image.config.platform)
        }
        provenance.materials += attestations.materials
        return provenance
    }

    /// Publishes documents beside their images, in the repositories of the image's names.
    package func push(_ documents: [AttachedDocument], names: [ImageReference]) async throws {
        var places: Set<ImageReference> = []
        for name in names {
            let place = ImageReference(registry: name.registry, repository: name.repository)
            guard places.insert(place).inserted else { continue }
            for document in documents {
                try await client.attach(document.artifact, to: document.subject, from: store, in: place)
            }
        }
    }
}
