import HTTPTypes
import OCI

extension RequestCase {
    static let manifestReads: [RequestCase] = [
        .init(
            method: .get, path: "/v2/lib/app/manifests/latest", status: 200,
            expected: [
                "content-type": MediaType.ociManifest.description, "docker-content-digest": "{manifest}",
                "etag": "\"{manifest}\"", "content-length": "{size}",
            ]),
        .init(method: .get, path: "/v2/lib/app/manifests/{manifest}", status: 200),
        .init(
            method: .head, path: "/v2/lib/app/manifests/1", status: 200,
            expected: ["content-length": "{size}", "docker-content-digest": "{manifest}"], text: ""),
        .init(
            method: .get, path: "/v2/lib/app/manifests/1", headers: ["If-None-Match": "\"{manifest}\""],
            status: 304, expected: ["etag": "\"{manifest}\""], text: ""),
        .init(method: .get, path: "/v2/lib/app/manifests/3", status: 404, text: "MANIFEST_UNKNOWN"),
        .init(method: .head, path: "/v2/lib/app/manifests/3", status: 404, text: ""),
        .init(method: .get, path: "/v2/lib/app/manifests/{other}", status: 404, text: "MANIFEST_UNKNOWN"),
        .init(method: .get, path: "/v2/lib/app/manifests/{layer}", status: 404, text: "MANIFEST_UNKNOWN"),
        .init(method: .get, path: "/v2/no/such/manifests/1", status: 404, text: "MANIFEST_UNKNOWN"),
        .init(method: .get, path: "/v2/lib/app/manifests/.x", status: 404, text: "is not a tag"),
        .init(method: .get, path: "/v2/lib/app/manifests/sha256:x", status: 400, text: "DIGEST_INVALID"),
        .init(method: .patch, path: "/v2/lib/app/manifests/1", status: 405, text: "UNSUPPORTED"),
        .init(method: .delete, path: "/v2/lib/app/manifests/1", status: 202),
        .init(method: .delete, path: "/v2/lib/app/manifests/{manifest}", status: 202),
        .init(method: .delete, path: "/v2/lib/app/manifests/3", status: 404, text: "MANIFEST_UNKNOWN"),
        .init(method: .delete, path: "/v2/lib/app/manifests/{zeros}", status: 404, text: "MANIFEST_UNKNOWN"),
    ]

    static let goodManifests: [RequestCase] = [
        .init(
            method: .put, path: "/v2/lib/app/manifests/3", headers: ociManifest, body: { $0.image.manifest },
            status: 201,
            expected: [
                "location": "/v2/lib/app/manifests/{manifest}", "docker-content-digest": "{manifest}",
                "oci-subject": "-", "oci-tag": "-",
            ], text: ""),
        .init(
            method: .put, path: "/v2/lib/app/manifests/{manifest}", headers: ociManifest,
            body: { $0.image.manifest }, status: 201, expected: ["oci-tag": "-"]),
        .init(
            method: .put, path: "/v2/lib/app/manifests/{manifest512}", headers: ociManifest,
            body: { $0.image.manifest }, status: 201, expected: ["docker-content-digest": "{manifest512}"]),
        .init(
            method: .put, path: "/v2/lib/app/manifests/{manifest}?tag=3&tag=4", headers: ociManifest,
            body: { $0.image.manifest }, status: 201, expected: ["oci-tag": "3, 4"]),
        .init(
            method: .put, path: "/v2/lib/app/manifests/3",
            headers: ["Content-Type": "\(MediaType.ociManifest); charset=utf-8"], body: { $0.image.manifest },
            status: 201),
        .init(
            method: .put, path: "/v2/lib/app/manifests/3", body: { $0.image.manifest }, status: 201),
        .init(
            method: .put, path: "/v2/lib/app/manifests/3", headers: ociManifest,
            body: { seed in
                try changed(seed) { $0.subject = try seed.other.descriptor }
            }, status: 201, expected: ["oci-subject": "{other}"]),
        .init(
            method: .put, path: "/v2/lib/app/manifests/3", headers: ociManifest,
            body: { seed in
                try changed(seed) { manifest in
                    var foreign = try seed.other.descriptor
                    foreign.mediaType = .dockerForeignLayerGzip
                    manifest.layers.append(foreign)
                }
            }, status: 201),
        .init(
            method: .put, path: "/v2/lib/app/manifests/3", headers: ociManifest,
            body: { seed in try changed(seed) { $0.layers += $0.layers } }, status: 201),
        .init(
            method: .put, path: "/v2/lib/app/manifests/all", headers: ociIndex,
            body: { ImageIndex(manifests: [try $0.image.descriptor]).json.canonical }, status: 201),
        .init(
            method: .put, path: "/v2/lib/app/manifests/cache", headers: ociIndex,
            body: {
                ImageIndex(manifests: try ImageManifest(parsing: $0.image.manifest).layers).json.canonical
            },
            status: 201),
        .init(
            method: .put, path: "/v2/lib/app/manifests/none", headers: ociIndex,
            body: { _ in ImageIndex(manifests: []).json.canonical }, status: 201),
    ]

    static let badManifests: [RequestCase] = [
        .init(
            method: .put, path: "/v2/lib/app/manifests/3", headers: ociIndex, body: { $0.image.manifest },
            status: 400, text: "MANIFEST_INVALID"),
        .init(
            method: .put, path: "/v2/lib/app/manifests/3", headers: ["Content-Type": "text/plain"],
            body: { _ in Array("{}".utf8) }, status: 400, text: "`text/plain` is no manifest"),
        .init(
            method: .put, path: "/v2/lib/app/manifests/3", body: { _ in Array("{}".utf8) }, status: 400,
            text: "MANIFEST_INVALID"),
        .init(method: .put, path: "/v2/lib/app/manifests/3", status: 400, text: "MANIFEST_INVALID"),
        .init(
            method: .put, path: "/v2/lib/app/manifests/3", headers: ociManifest,
            body: { _ in Array("{\"".utf8) }, status: 400, text: "is not JSON"),
        .init(
            method: .put, path: "/v2/lib/app/manifests/3", headers: ociManifest,
            body: { _ in Array("[1]".utf8) }, status: 400, text: "MANIFEST_INVALID"),
        .init(
            method: .put, path: "/v2/lib/app/manifests/3", headers: ociManifest,
            body: { _ in Array("{}".utf8) }, status: 400, text: "lacks the field `config`"),
        .init(
            method: .put, path: "/v2/lib/app/manifests/3", headers: ociManifest,
            body: { seed in try changed(seed) { $0.otherFields["manifests"] = .array([]) } }, status: 400,
            text: "has no field `manifests`"),
        .init(
            method: .put, path: "/v2/lib/app/manifests/3", headers: ociManifest, body: { $0.other.manifest },
            status: 400, text: "MANIFEST_BLOB_UNKNOWN"),
        .init(
            method: .put, path: "/v2/lib/app/manifests/3", headers: ociIndex,
            body: { ImageIndex(manifests: [try $0.other.descriptor]).json.canonical }, status: 400,
            text: "MANIFEST_BLOB_UNKNOWN"),
        .init(
            method: .put, path: "/v2/lib/app/manifests/3", headers: ociIndex,
            body: {
                ImageIndex(manifests: try ImageManifest(parsing: $0.other.manifest).layers).json.canonical
            },
            status: 400, text: "MANIFEST_BLOB_UNKNOWN"),
        .init(
            method: .put, path: "/v2/lib/app/manifests/3", headers: ociManifest,
            body: { seed in try changed(seed) { $0.layers[0].size = 19 } }, status: 400,
            text: "has 20 bytes, and the manifest says 19"),
        .init(
            method: .put, path: "/v2/lib/app/manifests/{zeros}", headers: ociManifest,
            body: { $0.image.manifest }, status: 400, text: "DIGEST_INVALID"),
        .init(
            method: .put, path: "/v2/lib/app/manifests/{manifest}?tag=.x", headers: ociManifest,
            body: { $0.image.manifest }, status: 400, text: "is not a tag"),
        .init(
            method: .put, path: "/v2/lib/app/manifests/.x", headers: ociManifest, body: { $0.image.manifest },
            status: 404, text: "is not a tag"),
        .init(
            method: .put, path: "/v2/lib/app/manifests/3", headers: ociManifest,
            body: { _ in [UInt8](repeating: 0x20, count: (4 << 20) + 1) }, status: 413,
            text: "more than 4194304 bytes"),
    ]

    private static func changed(
        _ seed: Seed, _ change: (inout ImageManifest) throws -> Void
    ) throws -> [UInt8] {
        var manifest = try ImageManifest(parsing: seed.image.manifest)
        try change(&manifest)
        return manifest.json.canonical
    }
}
