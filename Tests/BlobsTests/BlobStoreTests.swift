import Blobs
import Cryptography
import Foundation
import NIOCore
import OCI
import TestSupport
import Testing

@Suite("A blob store", .temporaryDirectory) struct BlobStoreTests {
    private func store() throws -> BlobStore {
        try BlobStore(directory: TemporaryDirectory.required.path("blobs"))
    }

    private func incoming(_ store: BlobStore) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: store.directory + "/incoming")
    }

    @Test func `gives back the bytes it was given`() throws {
        let store = try store()
        let bytes = Array("hello".utf8)
        let digest = try store.write(bytes)
        #expect(try digest == Digest(of: bytes))
        #expect(try store.bytes(of: digest) == bytes)
        #expect(try store.size(of: digest) == 5)
        #expect(try store.write(bytes) == digest)
    }

    @Test func `says what it does not have`() throws {
        let store = try store()
        let digest = try Digest(of: [1])
        #expect(try store.size(of: digest) == nil)
        let error = #expect(throws: BlobError.self) { try store.bytes(of: digest) }
        #expect(error?.reason == .unknown)
    }

    @Test func `shows no blob before it is whole, and none that was given up`() throws {
        let store = try store()
        let bytes = [UInt8](repeating: 7, count: 100_000)
        do {
            var writer = try BlobWriter(store: store)
            try writer.append(bytes)
            #expect(try store.size(of: Digest(of: bytes)) == nil)
            #expect(try incoming(store).count == 1)
        }
        #expect(try incoming(store).isEmpty)
        #expect(try store.size(of: Digest(of: bytes)) == nil)
    }

    @Test func `refuses bytes of another digest`() async throws {
        let store = try store()
        let upload = BlobUpload(store: store)
        try await upload.append(ByteBuffer(string: "not it"))
        let expected = try Digest(of: [1])
        let error = await #expect(throws: BlobError.self) { try await upload.finish(expecting: expected) }
        #expect(error?.reason == .digestMismatch)
        #expect(try incoming(store).isEmpty)
    }

    @Test func `takes an upload's pieces in order only`() async throws {
        let store = try store()
        let upload = BlobUpload(store: store)
        try await upload.append(ByteBuffer(string: "ab"), at: 0)
        await #expect(throws: UploadError.outOfOrder(expected: 2)) {
            try await upload.append(ByteBuffer(string: "x"), at: 3)
        }
        try await upload.append(ByteBuffer(string: "c"), at: 2)
        let digest = try Digest(of: Array("abc".utf8))
        #expect(try await upload.finish(expecting: digest) == 3)
        #expect(try store.bytes(of: digest) == Array("abc".utf8))
    }

    @Test(arguments: [Digest.Algorithm.sha256, .sha512])
    func `names an upload by another algorithm than it was hashed with`(first: Digest.Algorithm) async throws
    {
        let store = try store()
        let bytes = (0..<600_000).map { UInt8(truncatingIfNeeded: $0 &* 3) }
        for wanted in Digest.Algorithm.allCases {
            let upload = BlobUpload(store: store, algorithm: first)
            try await upload.append(ByteBuffer(bytes: bytes))
            let digest = try Digest(of: bytes, wanted)
            #expect(try await upload.finish(expecting: digest) == 600_000)
            #expect(try store.bytes(of: digest) == bytes)
        }
    }

    @Test func `streams a range`() async throws {
        let store = try store()
        let bytes = (0..<600_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let digest = try store.write(bytes)
        var streamed: [UInt8] = []
        for try await chunk in try store.chunks(of: digest, in: 1000..<599_999) {
            streamed += chunk.readableBytesView
        }
        #expect(streamed == Array(bytes[1000..<599_999]))
    }

    @Test func `removes at start what a killed process left`() throws {
        let store = try store()
        try Data([1]).write(to: URL(filePath: store.directory + "/incoming/left"))
        try store.sweepIncoming()
        #expect(try incoming(store).isEmpty)
    }
}
