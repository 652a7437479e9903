import Cryptography
import HTTPTypes
import OCI
import Testing

/// One request to a registry that holds ``Seed``, and what it answers.
struct RequestCase: Sendable, CustomTestStringConvertible {
    let method: HTTPRequest.Method
    let path: String
    var headers: [String: String] = [:]
    var body: @Sendable (Seed) throws -> [UInt8] = { _ in [] }
    let status: Int
    /// Headers that the answer has; the value `-` is for one that it has not.
    var expected: [String: String] = [:]
    /// What the answer's body is, or, for an error, has in it.
    var text: String?

    var testDescription: String { "\(method) \(path) \(headers) → \(status) \(text ?? "")" }
}

/// What the table's registry holds; `{layer}` and the like in a case stand for digests.
struct Seed: Sendable {
    let image: TestImage
    let other: TestImage
    let names: [(String, String)]

    init() throws {
        image = try TestImage()
        other = try TestImage(layer: "another layer")
        names = [
            ("{layer}", try image.layerDigest.description), ("{config}", try image.configDigest.description),
            ("{manifest}", try image.digest.description), ("{other}", try other.digest.description),
            ("{manifest512}", try Digest(of: image.manifest, .sha512).description),
            ("{hello}", try Digest(of: Array("hello".utf8)).description),
            ("{size}", "\(image.manifest.count)"), ("{zeros}", "sha256:" + String(repeating: "0", count: 64)),
            ("{upload}", String(repeating: "0", count: 32)),
        ]
    }

    func fill(_ registry: TestRegistry) async throws {
        try await image.publish(registry.store, "lib/app", tags: ["latest", "1", "2"])
        try await other.publish(registry.store, "lib/other", tags: ["1"])
    }

    func resolve(_ text: String) -> String {
        names.reduce(text) { $0.replacing($1.0, with: $1.1) }
    }
}

extension RequestCase {
    static let ociManifest = ["Content-Type": MediaType.ociManifest.description]
    static let ociIndex = ["Content-Type": MediaType.ociIndex.description]

    static let listings: [RequestCase] = [
        .init(
            method: .get, path: "/v2/", status: 200,
            expected: ["docker-distribution-api-version": "registry/2.0", "content-length": "2"], text: "{}"),
        .init(method: .get, path: "/v2", status: 200, text: "{}"),
        .init(method: .head, path: "/v2/", status: 200, expected: ["content-length": "2"], text: ""),
        .init(method: .post, path: "/v2/", status: 405, text: "UNSUPPORTED"),
        .init(
            method: .get, path: "/v2/nothing", status: 404,
            expected: [
                "docker-distribution-api-version": "registry/2.0", "content-type": "application/json",
            ],
            text: "UNSUPPORTED"),
        .init(
            method: .get, path: "/v2/_catalog", status: 200, expected: ["link": "-"],
            text: #"{"repositories":["lib/app","lib/other"]}"#),
        .init(
            method: .get, path: "/v2/_catalog?n=1", status: 200,
            expected: ["link": #"</v2/_catalog?n=1&last=lib/app>; rel="next""#],
            text: #"{"repositories":["lib/app"]}"#),
        .init(
            method: .get, path: "/v2/_catalog?n=1&last=lib/app", status: 200, expected: ["link": "-"],
            text: #"{"repositories":["lib/other"]}"#),
        .init(method: .get, path: "/v2/_catalog?last=A", status: 400, text: "UNSUPPORTED"),
        .init(
            method: .get, path: "/v2/lib/app/tags/list", status: 200, expected: ["link": "-"],
            text: #"{"name":"lib/app","tags":["1","2","latest"]}"#),
        .init(
            method: .get, path: "/v2/lib/app/tags/list?n=2", status: 200,
            expected: ["link": #"</v2/lib/app/tags/list?n=2&last=2>; rel="next""#],
            text: #"{"name":"lib/app","tags":["1","2"]}"#),
        .init(
            method: .get, path: "/v2/lib/app/tags/list?n=2&last=2", status: 200, expected: ["link": "-"],
            text: #"{"name":"lib/app","tags":["latest"]}"#),
        .init(
            method: .get, path: "/v2/lib/app/tags/list?last=1x", status: 200,
            text: #"{"name":"lib/app","tags":["2","latest"]}"#),
        .init(
            method: .get, path: "/v2/lib/app/tags/list?n=0", status: 200, expected: ["link": "-"],
            text: #"{"name":"lib/app","tags":[]}"#),
        .init(method: .get, path: "/v2/lib/app/tags/list?n=-1", status: 400, text: "expected a number"),
        .init(method: .get, path: "/v2/lib/app/tags/list?n=x", status: 400, text: "expected a number"),
        .init(method: .get, path: "/v2/no/such/tags/list", status: 404, text: "NAME_UNKNOWN"),
        .init(method: .get, path: "/v2/Lib/tags/list", status: 400, text: "NAME_INVALID"),
        .init(method: .delete, path: "/v2/lib/app/tags/list", status: 405, text: "UNSUPPORTED"),
        .init(
            method: .get, path: "/v2/lib/app/referrers/{manifest}", status: 200,
            expected: ["content-type": MediaType.ociIndex.description, "oci-filters-applied": "-"],
            text: #"{"manifests":[],"mediaType":"\#(MediaType.ociIndex)","schemaVersion":2}"#),
        .init(method: .get, path: "/v2/no/such/referrers/{zeros}", status: 200),
        .init(method: .get, path: "/v2/lib/app/referrers/x", status: 400, text: "DIGEST_INVALID"),
    ]

    static let blobReads: [RequestCase] = [
        .init(
            method: .get, path: "/v2/lib/app/blobs/{layer}", status: 200,
            expected: [
                "content-length": "20", "docker-content-digest": "{layer}", "etag": "\"{layer}\"",
                "accept-ranges": "bytes", "content-type": "application/octet-stream",
            ], text: "0123456789abcdefghij"),
        .init(
            method: .head, path: "/v2/lib/app/blobs/{layer}", status: 200,
            expected: ["content-length": "20", "docker-content-digest": "{layer}"], text: ""),
        .init(
            method: .get, path: "/v2/lib/app/blobs/{layer}", headers: ["Range": "bytes=2-5"], status: 206,
            expected: ["content-range": "bytes 2-5/20", "content-length": "4"], text: "2345"),
        .init(
            method: .get, path: "/v2/lib/app/blobs/{layer}", headers: ["Range": "bytes=18-"], status: 206,
            expected: ["content-range": "bytes 18-19/20"], text: "ij"),
        .init(
            method: .get, path: "/v2/lib/app/blobs/{layer}", headers: ["Range": "bytes=-3"], status: 206,
            expected: ["content-range": "bytes 17-19/20"], text: "hij"),
        .init(
            method: .get, path: "/v2/lib/app/blobs/{layer}", headers: ["Range": "bytes=-99"], status: 206,
            expected: ["content-range": "bytes 0-19/20"], text: "0123456789abcdefghij"),
        .init(
            method: .get, path: "/v2/lib/app/blobs/{layer}", headers: ["Range": "bytes=15-99"], status: 206,
            expected: ["content-range": "bytes 15-19/20"], text: "fghij"),
        .init(
            method: .get, path: "/v2/lib/app/blobs/{layer}", headers: ["Range": "bytes=20-"], status: 416,
            expected: ["content-range": "bytes */20"], text: "SIZE_INVALID"),
        .init(
            method: .get, path: "/v2/lib/app/blobs/{layer}", headers: ["Range": "bytes=-0"], status: 416,
            text: "SIZE_INVALID"),
        .init(
            method: .get, path: "/v2/lib/app/blobs/{layer}", headers: ["Range": "bytes=x-"], status: 200,
            text: "0123456789abcdefghij"),
        .init(
            method: .get, path: "/v2/lib/app/blobs/{layer}", headers: ["Range": "bytes=5-2"], status: 200,
            text: "0123456789abcdefghij"),
        .init(
            method: .get, path: "/v2/lib/app/blobs/{layer}", headers: ["Range": "bytes=0-1,4-5"], status: 200,
            text: "0123456789abcdefghij"),
        .init(
            method: .get, path: "/v2/lib/app/blobs/{layer}", headers: ["If-None-Match": "\"{layer}\""],
            status: 304, expected: ["content-length": "-"], text: ""),
        .init(method: .get, path: "/v2/lib/other/blobs/{layer}", status: 404, text: "BLOB_UNKNOWN"),
        .init(method: .head, path: "/v2/lib/other/blobs/{layer}", status: 404, text: ""),
        .init(method: .get, path: "/v2/no/such/blobs/{layer}", status: 404, text: "BLOB_UNKNOWN"),
        .init(method: .get, path: "/v2/lib/app/blobs/sha256:0", status: 400, text: "DIGEST_INVALID"),
        .init(method: .put, path: "/v2/lib/app/blobs/{layer}", status: 405, text: "UNSUPPORTED"),
        .init(method: .delete, path: "/v2/lib/app/blobs/{layer}", status: 405, text: "delete that first"),
        .init(method: .delete, path: "/v2/lib/app/blobs/{zeros}", status: 404, text: "BLOB_UNKNOWN"),
    ]

    static let uploads: [RequestCase] = [
        .init(
            method: .post, path: "/v2/new/app/blobs/uploads/", status: 202,
            expected: ["range": "0-0", "content-length": "0"], text: ""),
        .init(
            method: .post, path: "/v2/new/app/blobs/uploads/?digest={hello}",
            body: { _ in Array("hello".utf8) },
            status: 201,
            expected: ["location": "/v2/new/app/blobs/{hello}", "docker-content-digest": "{hello}"]),
        .init(
            method: .post, path: "/v2/new/app/blobs/uploads/?digest={hello}",
            body: { _ in Array("other".utf8) },
            status: 400, text: "DIGEST_INVALID"),
        .init(
            method: .post, path: "/v2/new/app/blobs/uploads/?digest={hello}",
            headers: ["Content-Length": "6"],
            body: { _ in Array("hello".utf8) }, status: 400, text: "SIZE_INVALID"),
        .init(
            method: .post, path: "/v2/new/app/blobs/uploads/?digest=md5:00", status: 400,
            text: "DIGEST_INVALID"),
        .init(
            method: .post, path: "/v2/new/app/blobs/uploads/?digest-algorithm=md5", status: 400,
            text: "DIGEST_INVALID"),
        .init(
            method: .post, path: "/v2/new/app/blobs/uploads/?mount={layer}&from=lib/app", status: 201,
            expected: ["location": "/v2/new/app/blobs/{layer}", "docker-content-digest": "{layer}"]),
        .init(
            method: .post, path: "/v2/new/app/blobs/uploads/?mount={layer}&from=lib%2Fapp", status: 201),
        .init(
            method: .post, path: "/v2/new/app/blobs/uploads/?mount={layer}&from=lib/other", status: 202,
            expected: ["range": "0-0"]),
        .init(method: .post, path: "/v2/new/app/blobs/uploads/?mount={layer}", status: 202),
        .init(
            method: .post, path: "/v2/new/app/blobs/uploads/?mount=x&from=lib/app", status: 400,
            text: "DIGEST_INVALID"),
        .init(
            method: .post, path: "/v2/new/app/blobs/uploads/?mount={layer}&from=Lib", status: 400,
            text: "NAME_INVALID"),
        .init(method: .get, path: "/v2/new/app/blobs/uploads/", status: 405, text: "UNSUPPORTED"),
        .init(
            method: .patch, path: "/v2/lib/app/blobs/uploads/{upload}", status: 404,
            text: "BLOB_UPLOAD_UNKNOWN"),
        .init(
            method: .put, path: "/v2/lib/app/blobs/uploads/{upload}?digest={hello}", status: 404,
            text: "BLOB_UPLOAD_UNKNOWN"),
        .init(
            method: .get, path: "/v2/lib/app/blobs/uploads/{upload}", status: 404, text: "BLOB_UPLOAD_UNKNOWN"
        ),
        .init(
            method: .delete, path: "/v2/lib/app/blobs/uploads/{upload}", status: 404,
            text: "BLOB_UPLOAD_UNKNOWN"),
    ]
}
