import Blobs
@testable import Builder
import Cryptography
import Inventory
import OCI
import TestSupport
import Testing

@Suite("An image's attestation", .temporaryDirectory) struct ImageAttestationTests {
    let store: BlobStore
    let subject: Descriptor

    init() throws {
        store = try BlobStore(directory: try TemporaryDirectory.required.path("blobs"))
        let digest = try store.write(Array("the image".utf8))
        subject = Descriptor(
            mediaType: .ociManifest, digest: digest, size: 9, platform: .host, annotations: ["a": "b"])
    }

    private var inventory: SPDXDocument {
        SPDXDocument(
            image: .init(name: "app", digest: subject.digest), findings: Findings(), distribution: nil,
            created: 0, toolVersion: "0.1.0")
    }

    private var provenance: Provenance {
        Provenance(
            subjects: [.init(name: "app", digest: subject.digest)],
            parameters: BuildParameters(dockerfile: "Dockerfile"), run: .init(toolVersion: "0.1.0"))
    }

    private func manifest(_ descriptor: Descriptor) throws -> ImageManifest {
        #expect(descriptor.mediaType == .ociManifest)
        #expect(try store.size(of: descriptor.digest) == descriptor.size)
        return try ImageManifest(parsing: try store.bytes(of: descriptor.digest))
    }

    @Test func `is an artifact whose subject is the image`() throws {
        let attestation = ImageAttestation(to: subject, created: 60, store: store)
        for (descriptor, type, predicate, document) in [
            (
                try attestation.attach(inventory), "application/spdx+json", "https://spdx.dev/Document",
                inventory.json
            ),
            (
                try attestation.attach(provenance), "application/vnd.in-toto+json",
                "https://slsa.dev/provenance/v1", provenance.json
            ),
        ] {
            let manifest = try manifest(descriptor)
            let annotations = [
                "in-toto.io/predicate-type": predicate,
                "org.opencontainers.image.created": "1970-01-01T00:01:00Z",
            ]
            #expect(descriptor.artifactType == type)
            #expect(descriptor.annotations == annotations)
            #expect(manifest.artifactType == type)
            #expect(manifest.annotations == annotations)
            #expect(manifest.subject == Descriptor(mediaType: .ociManifest, digest: subject.digest, size: 9))
            #expect(manifest.config.mediaType == .ociEmpty)
            #expect(try store.bytes(of: manifest.config.digest) == Array("{}".utf8))
            let layer = try #require(manifest.layers.first)
            #expect(manifest.layers.count == 1)
            #expect(layer.mediaType.description == type)
            #expect(layer.annotations == annotations)
            #expect(try store.bytes(of: layer.digest) == document.canonical)
            #expect(layer.size == Int64(document.canonical.count))
        }
    }

    @Test func `has the same bytes each time`() throws {
        let other = try BlobStore(directory: try TemporaryDirectory.required.path("other"))
        let made = try [store, other].map { store in
            let attestation = ImageAttestation(to: subject, created: 60, store: store)
            return [try attestation.attach(inventory), try attestation.attach(provenance)]
        }
        #expect(made[0] == made[1])
        let later = try ImageAttestation(to: subject, created: 61, store: store).attach(inventory)
        #expect(later.digest != made[0][0].digest)
    }
}
