import Blobs
import Cryptography
import Foundation
import NIOCore
import OCI
import Remote
import Synchronization
import TestSupport
import Testing

/// Counts from 1.
final class Turns: Sendable {
    private let count = Mutex(0)
    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}

@Suite("A transfer", .temporaryDirectory) struct TransferTests {
    private let content = randomBytes(300_000)

    private func blob() throws -> Descriptor {
        Descriptor(mediaType: .ociLayer, digest: try Digest(of: content), size: Int64(content.count))
    }

    private func reference(at registry: ScriptedRegistry) throws -> ImageReference {
        try ImageReference("\(registry.host)/app:1")
    }

    private func isEmpty(_ store: BlobStore) throws -> Bool {
        try FileManager.default.contentsOfDirectory(atPath: "\(store.directory)/incoming").isEmpty
            && store.size(of: blob().digest) == nil
    }

    @Test func `goes on where a download broke`() async throws {
        let (content, blob) = (content, try blob())
        let turns = Turns()
        try await ScriptedRegistry.serving { request in
            // How much of a broken answer arrives is the network's to decide.
            let start = request.header("Range").flatMap { Int($0.dropFirst("bytes=".count).dropLast()) } ?? 0
            let headers = ["Content-Range": "bytes \(start)-299999/300000"]
            return switch turns.next() {
            case 1: .truncated(body: Array(content[..<100_000]), promised: content.count)
            case 2:
                .truncated(
                    206, headers, body: Array(content[start..<200_000]), promised: content.count - start)
            default: .status(206, headers, body: Array(content[start...]))
            }
        } _: { registry in
            let store = try BlobStore.fixture()
            try await withClient { client in
                try await client.download([blob, blob], from: reference(at: registry), into: store)
            }
            #expect(try store.bytes(of: blob.digest) == content)
            let ranges = registry.requests.map { $0.header("Range") }
            #expect(ranges.count == 3)
            #expect(ranges[0] == nil)
            #expect(!ranges.dropFirst().contains(nil))
        }
    }

    @Test func `starts a download anew where the registry gives no parts`() async throws {
        let (content, blob, turns) = (content, try blob(), Turns())
        try await ScriptedRegistry.serving { _ in
            turns.next() == 1
                ? .truncated(body: Array(content[..<100_000]), promised: content.count)
                : .status(200, body: content)
        } _: { registry in
            let store = try BlobStore.fixture()
            try await withClient { try await $0.download([blob], from: reference(at: registry), into: store) }
            #expect(try store.bytes(of: blob.digest) == content)
        }
    }

    @Test func `gives up a download that breaks again and again`() async throws {
        let blob = try blob()
        try await ScriptedRegistry.serving { _ in
            .truncated(body: [1], promised: 300_000)
        } _: { registry in
            let store = try BlobStore.fixture()
            try await withClient(configuration: .with { $0.resumptions = 2 }) { client in
                let error = await #expect(throws: RegistryError.self) {
                    try await client.download([blob], from: reference(at: registry), into: store)
                }
                #expect(error?.reason == .unreachable)
            }
            #expect(registry.requests.count == 3)
            #expect(try isEmpty(store))
        }
    }

    @Test(arguments: [299_999, 300_000, 300_001, 900_000])
    func `stores nothing that is not what was named`(size: Int) async throws {
        let (other, blob) = (randomBytes(size, seed: 9), try blob())
        try await ScriptedRegistry.serving { _ in
            .status(200, body: other)
        } _: { registry in
            let store = try BlobStore.fixture()
            try await withClient(configuration: .with { $0.resumptions = 1 }) { client in
                let error = await #expect(throws: RegistryError.self) {
                    try await client.download([blob], from: reference(at: registry), into: store)
                }
                #expect(error?.description.contains("\(blob.digest)") == true)
                #expect(error?.description.contains(registry.host) == true)
                if size == 300_000 {
                    #expect(error?.reason == .corrupt)
                    let digest = try Digest(of: other)
                    #expect(error?.description.contains("\(digest)") == true)
                }
            }
            #expect(try isEmpty(store))
        }
    }

    @Test func `follows a redirect to storage without its credentials`() async throws {
        let (content, blob) = (content, try blob())
        try await ScriptedRegistry.serving { request in
            request.target == "/bucket?sig=x%2F" ? .status(200, body: content) : .status(403)
        } _: { storage in
            try await ScriptedRegistry.serving { request in
                if request.header("Authorization") == nil {
                    return .json(401, "{}", ["WWW-Authenticate": "Basic realm=x"])
                }
                return .status(307, ["Location": "http://\(storage.host)/bucket?sig=x%2F"])
            } _: { registry in
                let store = try BlobStore.fixture()
                let name = try reference(at: registry)
                let known = KnownCredentials([
                    name.registry: .password(user: "a", password: "b", from: "here")
                ])
                try await withClient(known) { try await $0.download([blob], from: name, into: store) }
                #expect(try store.size(of: blob.digest) == blob.size)
                #expect(storage.requests.map { $0.header("Authorization") } == [nil])
                #expect(registry.requests.map { $0.header("Authorization") } == [nil, "Basic YTpi"])
            }
        }
    }

    @Test func `is told when a download's disk is at fault`() async throws {
        let (content, blob) = (content, try blob())
        try await ScriptedRegistry.serving { _ in
            .status(200, body: content)
        } _: { registry in
            let store = try BlobStore.fixture()
            try FileManager.default.removeItem(atPath: store.directory)
            await #expect(throws: BlobError.self) {
                try await withClient {
                    try await $0.download([blob], from: reference(at: registry), into: store)
                }
            }
        }
    }
}
