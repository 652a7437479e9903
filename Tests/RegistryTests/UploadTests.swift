import Blobs
import Cryptography
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import OCI
import TestSupport
import Testing

@Suite("An upload", .temporaryDirectory) struct UploadTests {
    static let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7) }

    struct Cut: Error {}

    /// A body that breaks off behind its first pieces.
    private func cutBody(_ pieces: [ArraySlice<UInt8>]) -> RequestBody {
        let (stream, source) = AsyncThrowingStream.makeStream(of: ByteBuffer.self, throwing: (any Error).self)
        for piece in pieces { source.yield(ByteBuffer(bytes: piece)) }
        source.finish(throwing: Cut())
        return RequestBody(asyncSequence: stream)
    }

    @Test func `goes on in pieces and ends with its digest`() async throws {
        let registry = try TestRegistry()
        let path = try await registry.startUpload()
        let digest = try Digest(of: Self.bytes)
        let first = try await registry.send(.patch, path, body: Array(Self.bytes[..<300]))
        #expect(first.status == 202)
        #expect(first.headers["range"] == "0-299")
        #expect(first.headers["location"] == path)
        let second = try await registry.send(
            .patch, path, ["Content-Range": "300-599"], body: Array(Self.bytes[300..<600]))
        #expect(second.headers["range"] == "0-599")
        let status = try await registry.send(.get, path)
        #expect(status.status == 204)
        #expect(status.headers["range"] == "0-599")
        #expect(status.headers["docker-upload-uuid"] == path.split(separator: "/").last.map(String.init))
        let end = try await registry.send(
            .put, "\(path)?digest=\(digest)", ["Content-Range": "600-999"], body: Array(Self.bytes[600...]))
        #expect(end.status == 201)
        #expect(end.headers["location"] == "/v2/lib/app/blobs/\(digest)")
        #expect(try await registry.send(.get, "/v2/lib/app/blobs/\(digest)").body == Self.bytes)
        #expect(try await registry.send(.get, path).status == 404)
    }

    @Test(arguments: ["301-400", "0-299", "299-400"])
    func `refuses a piece out of order and says where to go on`(range: String) async throws {
        let registry = try TestRegistry()
        let path = try await registry.startUpload()
        _ = try await registry.send(.patch, path, body: Array(Self.bytes[..<300]))
        let count = range == "0-299" ? 300 : range == "301-400" ? 100 : 102
        for method in [HTTPRequest.Method.patch, .put] {
            let answer = try await registry.send(
                method, "\(path)?digest=\(Digest(of: Self.bytes))", ["Content-Range": range],
                body: [UInt8](repeating: 1, count: count))
            #expect(answer.status == 416)
            #expect(answer.headers["range"] == "0-299")
            #expect(answer.headers["location"] == path)
            #expect(answer.text.contains("BLOB_UPLOAD_INVALID"))
        }
        let end = try await registry.send(
            .put, "\(path)?digest=\(Digest(of: Self.bytes))", body: Array(Self.bytes[300...]))
        #expect(end.status == 201)
    }

    @Test(arguments: [
        ("x", "1", "BLOB_UPLOAD_INVALID"), ("5-2", "1", "BLOB_UPLOAD_INVALID"), ("0-9", "3", "SIZE_INVALID"),
        ("0-1", nil, "SIZE_INVALID"), ("0-99999999999999999999", nil, "BLOB_UPLOAD_INVALID"),
    ])
    func `refuses a piece of another length than its range`(
        range: String, length: String?, code: String
    ) async throws {
        let registry = try TestRegistry()
        let path = try await registry.startUpload()
        var headers = ["Content-Range": range]
        if let length { headers["Content-Length"] = length }
        let answer = try await registry.send(
            .patch, path, headers, stream: RequestBody(buffer: ByteBuffer(string: "abc")))
        #expect(answer.status == 400)
        #expect(answer.text.contains(code))
        #expect(try await registry.send(.get, path).headers["range"] == "0-0")
    }

    @Test(arguments: [HTTPRequest.Method.patch, .put])
    func `cut in the middle shows nothing and goes on from there`(method: HTTPRequest.Method) async throws {
        let registry = try TestRegistry()
        let path = try await registry.startUpload()
        let digest = try Digest(of: Self.bytes)
        await #expect(throws: Cut.self) {
            try await registry.send(
                method, "\(path)?digest=\(digest)", ["Content-Length": "1000"],
                stream: cutBody([Self.bytes[..<250], Self.bytes[250..<400]]))
        }
        #expect(try await registry.send(.head, "/v2/lib/app/blobs/\(digest)").status == 404)
        #expect(try registry.blobs.size(of: digest) == nil)
        #expect(try await registry.send(.get, path).headers["range"] == "0-399")
        let rest = try await registry.send(
            .patch, path, ["Content-Range": "400-999"], body: Array(Self.bytes[400...]))
        #expect(rest.status == 202)
        #expect(try await registry.send(.put, "\(path)?digest=\(digest)").status == 201)
        #expect(try await registry.send(.get, "/v2/lib/app/blobs/\(digest)").body == Self.bytes)
    }

    @Test func `whose body ends early without a word is not taken for whole`() async throws {
        let registry = try TestRegistry()
        let path = try await registry.startUpload()
        let digest = try Digest(of: Array(Self.bytes[..<400]))
        let answer = try await registry.send(
            .put, "\(path)?digest=\(digest)", ["Content-Length": "1000"], body: Array(Self.bytes[..<400]))
        #expect(answer.status == 400)
        #expect(answer.text.contains("SIZE_INVALID"))
        #expect(try await registry.send(.head, "/v2/lib/app/blobs/\(digest)").status == 404)
    }

    @Test func `of other bytes than its digest is gone`() async throws {
        let registry = try TestRegistry()
        let path = try await registry.startUpload()
        let answer = try await registry.send(.put, "\(path)?digest=\(Digest(of: [1]))", body: [2])
        #expect(answer.status == 400)
        #expect(answer.text.contains("DIGEST_INVALID"))
        #expect(try await registry.send(.get, path).status == 404)
        #expect(try registry.incoming().isEmpty)
    }

    @Test func `without a digest at its end can still be ended`() async throws {
        let registry = try TestRegistry()
        let path = try await registry.startUpload()
        #expect(try await registry.send(.put, path, body: [1]).text.contains("DIGEST_INVALID"))
        #expect(try await registry.send(.put, "\(path)?digest=\(Digest(of: [1]))", body: [1]).status == 201)
    }

    @Test func `that is canceled is forgotten`() async throws {
        let registry = try TestRegistry()
        let path = try await registry.startUpload()
        _ = try await registry.send(.patch, path, body: [1])
        #expect(try registry.incoming().count == 1)
        #expect(try await registry.send(.delete, path).status == 204)
        #expect(try registry.incoming().isEmpty)
        #expect(try await registry.send(.delete, path).status == 404)
    }

    @Test func `belongs to its repository alone`() async throws {
        let registry = try TestRegistry()
        let path = try await registry.startUpload(in: "lib/app")
        let elsewhere = path.replacing("lib/app", with: "lib/other")
        #expect(try await registry.send(.patch, elsewhere, body: [1]).status == 404)
        #expect(try await registry.send(.patch, path, body: [1]).status == 202)
    }

    @Test func `that nobody touches goes when another starts`() async throws {
        let clock = HandClock()
        let registry = try TestRegistry(clock: clock)
        let idle = try await registry.startUpload()
        let used = try await registry.startUpload()
        _ = try await registry.send(.patch, idle, body: [1])
        clock.move(by: .seconds(59))
        _ = try await registry.send(.patch, used, body: [1])
        clock.move(by: .seconds(1))
        _ = try await registry.startUpload()
        #expect(try await registry.send(.get, idle).status == 404)
        #expect(try await registry.send(.get, used).status == 204)
        #expect(try registry.incoming().count == 1)
    }

    @Test(arguments: ["", "?digest-algorithm=sha512"])
    func `may be named by SHA-512`(query: String) async throws {
        let registry = try TestRegistry()
        let path = try await registry.startUpload(query)
        let digest = try Digest(of: Self.bytes, .sha512)
        #expect(try await registry.send(.put, "\(path)?digest=\(digest)", body: Self.bytes).status == 201)
        #expect(try await registry.send(.get, "/v2/lib/app/blobs/\(digest)").body == Self.bytes)
    }

    @Test func `of nothing is a blob too`() async throws {
        let registry = try TestRegistry()
        let digest = try Digest(of: [])
        #expect(try await registry.send(.put, "\(registry.startUpload())?digest=\(digest)").status == 201)
        let answer = try await registry.send(.get, "/v2/lib/app/blobs/\(digest)")
        #expect(answer.status == 200)
        #expect(answer.headers["content-length"] == "0")
    }

    @Test func `of the same blob by many at once is one blob`() async throws {
        let registry = try TestRegistry()
        let digest = try Digest(of: Self.bytes)
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<8 {
                group.addTask {
                    let path = "/v2/lib/app\(number % 2)/blobs/uploads/?digest=\(digest)"
                    return try await registry.send(.post, path, body: Self.bytes).status
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses == [Int](repeating: 201, count: 8))
        #expect(try await registry.send(.get, "/v2/lib/app1/blobs/\(digest)").body == Self.bytes)
        #expect(try registry.incoming().isEmpty)
    }

    @Test(.enabled("a file system can be mounted") { try await canMount() })
    func `that fills the disk is refused, and leaves nothing`() async throws {
        let folder = try TemporaryDirectory.required.path("small")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder)
        do {
            try await fillDisk(TestRegistry(blobsIn: "small/blobs"))
        } catch {
            try await run("umount", "-l", folder)
            throw error
        }
        try await run("umount", "-l", folder)
    }

    private func fillDisk(_ registry: TestRegistry) async throws {
        let large = [UInt8](repeating: 1, count: 1 << 20)
        let path = try await registry.startUpload()
        let answer = try await registry.send(.put, "\(path)?digest=\(Digest(of: large))", body: large)
        #expect(answer.status == 507)
        #expect(answer.text.contains("disk is full"))
        #expect(try registry.incoming().isEmpty)
        #expect(try await registry.send(.get, path).status == 404)
        #expect(try await registry.send(.head, "/v2/lib/app/blobs/\(Digest(of: large))").status == 404)
        let small = try await registry.startUpload()
        #expect(try await registry.send(.put, "\(small)?digest=\(Digest(of: [1]))", body: [1]).status == 201)
    }

    static func canMount() async throws -> Bool {
        let folder = try TemporaryDirectory()
        defer { folder.remove() }
        guard try await run("mount", "-t", "tmpfs", "tmpfs", folder.path).status == 0 else { return false }
        try await run("umount", folder.path)
        return true
    }
}
