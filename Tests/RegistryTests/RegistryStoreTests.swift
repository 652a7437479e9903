import Blobs
import Cryptography
import Database
import GRDB
import HTTPTypes
import NIOCore
import OCI
import Registry
import Synchronization
import TestSupport
import Testing

@Suite("A registry store", .temporaryDirectory) struct RegistryStoreTests {
    static let moved = Migration("test-1", "CREATE TABLE moved (name TEXT NOT NULL, digest TEXT NOT NULL)")

    struct Refused: Error {}

    @Test func `publishes what the blob store holds`() async throws {
        let registry = try TestRegistry()
        let image = try TestImage()
        try await image.publish(registry.store, "lib/app", tags: ["1", "latest"])
        let answer = try await registry.send(.get, "/v2/lib/app/manifests/latest")
        #expect(answer.body == image.manifest)
        #expect(try await registry.send(.get, "/v2/lib/app/blobs/\(image.layerDigest)").body == image.layer)
        let images = try await registry.store.images()
        #expect(images.map(\.tag.description) == ["1", "latest"])
        #expect(images.map(\.size) == [57, 57])
        #expect(try images.map(\.digest) == [image.digest, image.digest])
        #expect(images.map(\.pushed) == [1_700_000_000_000, 1_700_000_000_000])
    }

    @Test func `publishes nothing whose blobs are missing`() async throws {
        let registry = try TestRegistry()
        let image = try TestImage()
        _ = try registry.blobs.write(image.config)
        let name = try RepositoryName("lib/app")
        let document = try ManifestDocument(image.manifest, mediaType: .ociManifest)
        await #expect(throws: RegistryError.manifestBlobUnknown([try image.layerDigest])) {
            try await registry.store.publish(
                [PublishedManifest(repository: name, document: document)],
                tags: [PublishedTag(repository: name, tag: .latest, digest: document.digest)])
        }
        #expect(try await registry.store.images().isEmpty)
        #expect(try await registry.store.blobSize(image.configDigest, in: name) == nil)
    }

    @Test func `moves all tags of a publication or none`() async throws {
        let registry = try TestRegistry(onTagMove: { move, _ in
            if move.tag.description == "2" { throw Refused() }
        })
        await #expect(throws: Refused.self) {
            try await TestImage().publish(registry.store, "lib/app", tags: ["1", "2"])
        }
        #expect(try await registry.store.images().isEmpty)
    }

    @Test func `hands each tag move over inside its transaction`() async throws {
        let (moves, commits) = (Recorder<TagMove>(), Recorder<Int>())
        let registry = try TestRegistry(
            migrations: [Self.moved],
            onTagMove: { move, db in
                moves.append(move)
                try db.execute(
                    sql: "INSERT INTO moved VALUES (?, ?)",
                    arguments: [move.tag.description, move.digest.description])
            }, afterTagMove: { commits.append(1) })
        let (first, second) = (try TestImage(), try TestImage(layer: "two"))
        try await first.publish(registry.store, "lib/app", tags: ["1"])
        try await second.publish(registry.store, "lib/app", tags: ["1", "2"])
        try await second.publish(registry.store, "lib/app", tags: ["1"])
        #expect(moves.all.map(\.tag.description) == ["1", "1", "2"])
        #expect(try moves.all.map(\.previousDigest) == [nil, first.digest, nil])
        #expect(try moves.all.map(\.digest) == [first.digest, second.digest, second.digest])
        #expect(commits.all.count == 2)
        let rows = try await registry.database.read { try Row.fetchAll($0, sql: "SELECT * FROM moved").count }
        #expect(rows == 3)
    }

    @Test func `keeps nothing of a push whose closure throws`() async throws {
        let commits = Recorder<Int>()
        let registry = try TestRegistry(
            migrations: [Self.moved],
            onTagMove: { _, db in
                try db.execute(sql: "INSERT INTO moved VALUES ('x', 'y')")
                throw Refused()
            }, afterTagMove: { commits.append(1) })
        let image = try TestImage()
        try await image.upload(to: registry, "lib/app")
        let answer = try await registry.send(
            .put, "/v2/lib/app/manifests/1", RequestCase.ociManifest, body: image.manifest)
        #expect(answer.status == 500)
        #expect(try await registry.send(.get, "/v2/lib/app/manifests/1").status == 404)
        #expect(try await registry.send(.get, "/v2/lib/app/manifests/\(image.digest)").status == 404)
        #expect(try await registry.database.read { try Row.fetchAll($0, sql: "SELECT * FROM moved").isEmpty })
        #expect(commits.all.isEmpty)
    }

    @Test(arguments: Digest.Algorithm.allCases)
    func `joins a transaction of the caller's`(algorithm: Digest.Algorithm) async throws {
        let registry = try TestRegistry()
        let image = try TestImage()
        _ = try registry.blobs.write(image.config)
        _ = try registry.blobs.write(image.layer)
        let name = try RepositoryName("lib/app")
        let document = try ManifestDocument(image.manifest, mediaType: nil, algorithm: algorithm)
        let manifests = [PublishedManifest(repository: name, document: document)]
        let tags = [PublishedTag(repository: name, tag: .latest, digest: document.digest)]
        await #expect(throws: Refused.self) {
            try await registry.database.write { db in
                try registry.store.publish(manifests, tags: tags, in: db)
                throw Refused()
            }
        }
        #expect(try await registry.store.images().isEmpty)
        let moves = try await registry.database.write {
            try registry.store.publish(manifests, tags: tags, in: $0)
        }
        #expect(moves.map(\.digest) == [document.digest])
        let found = try await registry.store.manifest(.tag(.latest), in: name)
        #expect(found.mediaType == .ociManifest)
        #expect(try await Array(registry.store.bytes(of: found).readableBytesView) == image.manifest)
    }

    @Test func `orders the moves of one tag`() async throws {
        let moves = Recorder<TagMove>()
        let registry = try TestRegistry(onTagMove: { move, _ in moves.append(move) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    try await TestImage(layer: "layer \(number)").publish(
                        registry.store, "lib/app", tags: ["1"])
                }
            }
            try await group.waitForAll()
        }
        #expect(moves.all.count == 8)
        #expect(moves.all.dropFirst().map(\.previousDigest) == moves.all.dropLast().map(\.digest))
    }

    @Test func `shows no blob that has no row`() async throws {
        let registry = try TestRegistry()
        let image = try TestImage()
        try await image.publish(registry.store, "lib/other", tags: [])
        // What a process that was killed behind the blob and before the row leaves.
        let digest = try registry.blobs.write(Array("left".utf8))
        _ = try registry.blobs.write(image.manifest)
        #expect(try await registry.send(.head, "/v2/lib/app/blobs/\(digest)").status == 404)
        #expect(try await registry.send(.get, "/v2/lib/app/manifests/\(image.digest)").status == 404)
        #expect(
            try await registry.send(.post, "/v2/lib/app/blobs/uploads/?mount=\(digest)&from=lib/other").status
                == 202)
    }

    @Test func `is found again by the next process`() async throws {
        let image = try TestImage()
        try await image.publish(TestRegistry().store, "lib/app", tags: ["1"])
        let reopened = try TestRegistry()
        #expect(try await reopened.send(.get, "/v2/lib/app/manifests/1").body == image.manifest)
    }

    @Test func `tells a client to push a blob again whose file is lost`() async throws {
        let registry = try TestRegistry()
        let image = try TestImage()
        try await image.publish(registry.store, "lib/app", tags: ["1"])
        try registry.blobs.remove(image.layerDigest)
        #expect(try await registry.send(.head, "/v2/lib/app/blobs/\(image.layerDigest)").status == 404)
        try await image.upload(to: registry, "lib/app")
        #expect(try await registry.send(.get, "/v2/lib/app/blobs/\(image.layerDigest)").body == image.layer)
    }

    @Test func `takes away a manifest with its tags, and then its blobs`() async throws {
        let registry = try TestRegistry()
        let image = try TestImage()
        try await image.publish(registry.store, "lib/app", tags: ["1", "2"])
        #expect(try await registry.send(.delete, "/v2/lib/app/manifests/2").status == 202)
        #expect(try await registry.send(.get, "/v2/lib/app/manifests/1").status == 200)
        #expect(try await registry.send(.delete, "/v2/lib/app/manifests/\(image.digest)").status == 202)
        #expect(try await registry.send(.get, "/v2/lib/app/manifests/1").status == 404)
        #expect(
            try await registry.send(.get, "/v2/lib/app/tags/list").text == #"{"name":"lib/app","tags":[]}"#)
        #expect(try await registry.send(.get, "/v2/_catalog").text == #"{"repositories":[]}"#)
        let blob = "/v2/lib/app/blobs/\(try image.layerDigest)"
        #expect(try await registry.send(.delete, blob).status == 202)
        #expect(try await registry.send(.head, blob).status == 404)
        #expect(try await registry.send(.delete, blob).status == 404)
    }

    @Test func `lists the referrers of a manifest by their type`() async throws {
        let registry = try TestRegistry()
        let subject = try TestImage()
        let signature = try TestImage {
            $0.subject = try subject.descriptor
            $0.artifactType = "application/vnd.example.signature"
            $0.annotations = ["by": "\"Ann\""]
        }
        let plain = try TestImage { $0.subject = try subject.descriptor }
        for image in [signature, plain] { try await image.publish(registry.store, "lib/app", tags: []) }
        let path = "/v2/lib/app/referrers/\(try subject.digest)"
        let all = try ImageIndex(parsing: try await registry.send(.get, path).body)
        #expect(try Set(all.manifests.map(\.digest)) == [signature.digest, plain.digest])
        let answer = try await registry.send(.get, "\(path)?artifactType=application/vnd.example.signature")
        #expect(answer.headers["oci-filters-applied"] == "artifactType")
        let found = try ImageIndex(parsing: answer.body).manifests
        #expect(try found.map(\.digest) == [signature.digest])
        #expect(found.first?.annotations == ["by": "\"Ann\""])
        #expect(found.first?.size == Int64(signature.manifest.count))
        let configs = try await registry.send(.get, "\(path)?artifactType=\(MediaType.ociConfig)")
        #expect(try ImageIndex(parsing: configs.body).manifests.map(\.digest) == [plain.digest])
    }

    @Test func `gives an index the size of this machine's image`() async throws {
        let registry = try TestRegistry()
        let (own, foreign) = (try TestImage(), try TestImage(layer: "a layer of thirty-one bytes ..."))
        var descriptors: [Descriptor] = []
        for (image, architecture) in [(foreign, "mips"), (own, Platform.host.architecture)] {
            try await image.publish(registry.store, "lib/app", tags: [])
            var descriptor = try image.descriptor
            descriptor.platform = Platform(os: "linux", architecture: architecture)
            descriptors.append(descriptor)
        }
        let index = ImageIndex(manifests: descriptors).json.canonical
        #expect(
            try await registry.send(.put, "/v2/lib/app/manifests/all", RequestCase.ociIndex, body: index)
                .status == 201)
        #expect(try await registry.store.images().map(\.size) == [57])
    }

    @Test func `pages through tags in the order of their bytes`() async throws {
        let registry = try TestRegistry()
        let tags = ["B", "a", "10", "9", "_x", "b"]
        try await TestImage().publish(registry.store, "lib/app", tags: tags)
        let name = try RepositoryName("lib/app")
        var (last, seen): (OCI.Tag?, [String]) = (nil, [])
        while case let page = try await registry.store.tags(of: name, after: last, limit: 4), !page.isEmpty {
            seen += page.map(\.description)
            last = page.last
        }
        #expect(seen == ["10", "9", "B", "_x", "a", "b"])
    }
}

/// What closures saw, in order.
final class Recorder<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])

    var all: [Element] { elements.withLock { $0 } }

    func append(_ element: Element) { elements.withLock { $0.append(element) } }
}
