import Blobs
import Cryptography
import Foundation
import OCI
import Remote
import Synchronization
import TestSupport
import Testing

@Suite("A client of Debian's registry", .temporaryDirectory) struct ForeignRegistryTests {
    private func reference(_ text: String, at registry: ForeignRegistry) throws -> ImageReference {
        try ImageReference("\(registry.host)/\(text)")
    }

    @Test func `pulls what it pushed`() async throws {
        let store = try BlobStore.fixture()
        let image = try store.addImage(layers: [100_000, 0, 3_000_000])
        try await ForeignRegistry.running(in: .required) { registry in
            try await withClient { client in
                let name = try reference("team/app:1", at: registry)
                #expect(try await client.resolve(name) == nil)
                let other = try reference("team/app:latest", at: registry)
                let report = try await client.push(image.digest, from: store, to: [name, other])
                #expect(report.uploaded == 4)
                #expect(report.present == 0)
                #expect(try await client.resolve(name) == image)
                #expect(try await client.resolve(name.pinned(to: image.digest)) == image)
                #expect(try await client.manifest(other).descriptor == image)

                let fresh = try BlobStore.fixture("fresh")
                let told = Mutex<[(Int64, Int64)]>([])
                let progress = TransferProgress { received, total in
                    told.withLock { $0.append((received, total)) }
                }
                let pulled = try await client.pull(name, into: fresh, progress: progress)
                let news = told.withLock { $0 }
                #expect(news.count >= 3 && news.allSatisfy { $0.1 == 3_100_000 && $0.0 <= $0.1 })
                #expect(news.map(\.0).max() == 3_100_000)
                #expect(pulled.top == image)
                #expect(pulled.manifest.bytes == (try store.bytes(of: image.digest)))
                #expect(pulled.layers.map(\.size) == [100_000, 0, 3_000_000])
                for layer in pulled.layers {
                    #expect(try fresh.bytes(of: layer.digest) == store.bytes(of: layer.digest))
                }
                #expect(
                    try Digest(of: pulled.config)
                        == ImageManifest(parsing: pulled.manifest.bytes).config.digest)

                let again = try await client.push(image.digest, from: fresh, to: [name])
                #expect(again.uploaded == 0)
                #expect(again.present == 4)
            }
        }
    }

    @Test func `uploads in pieces, and mounts what another repository has`() async throws {
        let store = try BlobStore.fixture()
        let image = try store.addImage(layers: [1_000_000, 65_537])
        try await ForeignRegistry.running(in: .required) { registry in
            try await withClient(configuration: .with { $0.uploadChunk = 65_536 }) { client in
                let first = try reference("a:1", at: registry)
                #expect(try await client.push(image.digest, from: store, to: [first]).uploaded == 3)
                let manifest = try ImageManifest(parsing: store.bytes(of: image.digest))
                let sources = Dictionary(uniqueKeysWithValues: manifest.layers.map { ($0.digest, first) })
                let second = try reference("b:1", at: registry)
                let report = try await client.push(image.digest, from: store, to: [second], mounting: sources)
                #expect(report.mounted == 2)
                #expect(report.uploaded == 1)
                #expect(try await client.resolve(second) == image)
            }
        }
    }

    @Test func `pushes an index, and pulls one platform of it`() async throws {
        let store = try BlobStore.fixture()
        let (amd, arm) = (try store.addImage(layers: [1000]), try store.addImage(layers: [2000], seed: 2))
        let index = try store.addIndex([
            (Platform(os: "linux", architecture: "amd64"), amd),
            (Platform(os: "linux", architecture: "arm64", variant: "v8"), arm),
        ])
        try await ForeignRegistry.running(in: .required) { registry in
            try await withClient { client in
                let name = try reference("multi:1", at: registry)
                try await client.push(index.digest, from: store, to: [name])
                let fresh = try BlobStore.fixture("fresh")
                let platform = Platform(os: "linux", architecture: "arm64")
                let pulled = try await client.pull(name, for: platform, into: fresh)
                #expect(pulled.top == index)
                #expect(pulled.manifest.descriptor.digest == arm.digest)
                #expect(try fresh.size(of: arm.digest) == arm.size)
                #expect(try fresh.size(of: amd.digest) == nil)
                let error = await #expect(throws: RegistryError.self) {
                    try await client.pull(
                        name, for: Platform(os: "linux", architecture: "s390x"), into: fresh)
                }
                #expect(error?.reason == .notFound)
                #expect(error?.message.hasSuffix("it has `linux/amd64`, `linux/arm64/v8`") == true)
            }
        }
    }

    @Test func `lists tags, and deletes manifests`() async throws {
        let store = try BlobStore.fixture()
        let image = try store.addImage(layers: [10])
        try await ForeignRegistry.running(in: .required) { registry in
            try await withClient { client in
                let names = try ["a:one", "a:two"].map { try reference($0, at: registry) }
                try await client.push(image.digest, from: store, to: names)
                #expect(try await Set(client.tags(of: names[0]).map(\.description)) == ["one", "two"])
                try await client.deleteManifest(names[0].pinned(to: image.digest))
                #expect(try await client.resolve(names[1]) == nil)
                let error = await #expect(throws: RegistryError.self) { try await client.manifest(names[0]) }
                #expect(error?.reason == .notFound)
                #expect(error?.description.contains("MANIFEST_UNKNOWN") == true)
                let absent = try reference("nothing/here", at: registry)
                let unknown = await #expect(throws: RegistryError.self) { try await client.tags(of: absent) }
                #expect(unknown?.reason == .notFound)
            }
        }
    }

    @Test func `shows its credentials, and names those that are refused`() async throws {
        let store = try BlobStore.fixture()
        let image = try store.addImage(layers: [10])
        try await ForeignRegistry.running(in: .required, wantsCredentials: true) { registry in
            let name = try reference("a:1", at: registry)
            func known(_ password: String) -> KnownCredentials {
                KnownCredentials([
                    name.registry: .password(user: ForeignRegistry.user, password: password, from: "the test")
                ])
            }
            try await withClient(known(ForeignRegistry.password)) { client in
                try await client.push(image.digest, from: store, to: [name])
                #expect(try await client.resolve(name) == image)
            }
            try await withClient(known("hush")) { client in
                let error = await #expect(throws: RegistryError.self) { try await client.resolve(name) }
                #expect(error?.reason == .unauthorized)
                #expect(
                    error?.message.contains("refused the credentials of user `ann` from the test") == true)
                #expect(error?.description.contains("hush") == false)
            }
            try await withClient { client in
                let error = await #expect(throws: RegistryError.self) { try await client.resolve(name) }
                #expect(error?.reason == .unauthorized)
                #expect(error?.message.hasPrefix("`\(registry.host)` wants credentials") == true)
                #expect(error?.hint?.contains("docker login \(registry.host)") == true)
            }
        }
    }
}
