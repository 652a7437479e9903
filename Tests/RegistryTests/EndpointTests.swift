import Cryptography
import HTTPTypes
import OCI
import Registry
import Testing

@Suite("A registry's path") struct EndpointTests {
    static let digest = "sha256:" + String(repeating: "a", count: 64)
    static let upload = String(repeating: "0", count: 32)

    @Test(arguments: [
        ("/v2", "base"), ("/v2/", "base"), ("/v2/_catalog", "catalog"),
        ("/v2/app/tags/list", "tags app"), ("/v2/a/b/c/tags/list", "tags a/b/c"),
        ("/v2/app/manifests/1.0", "manifest app 1.0"),
        ("/v2/app/manifests/\(digest)", "manifest app \(digest)"),
        ("/v2/app/manifests/list", "manifest app list"),
        ("/v2/a/manifests/manifests/blobs", "manifest a/manifests blobs"),
        ("/v2/app/blobs/\(digest)", "blob app \(digest)"),
        ("/v2/app/blobs/sha256%3A\(digest.dropFirst(7))", "blob app \(digest)"),
        ("/v2/a%2Fb/blobs/sha256%3a\(digest.dropFirst(7))", "blob a/b \(digest)"),
        ("/v2/app/blobs/uploads", "uploads app"), ("/v2/app/blobs/uploads/", "uploads app"),
        ("/v2/app/blobs/uploads/\(upload)", "upload app \(upload)"),
        ("/v2/blobs/uploads/tags/list", "tags blobs/uploads"),
        ("/v2/x/blobs/uploads/blobs/uploads", "uploads x/blobs/uploads"),
        ("/v2/app/referrers/\(digest)", "referrers app \(digest)"),
    ])
    func `is read from its end`(path: String, expected: String) throws {
        #expect(try summary(of: Endpoint(path: path)) == expected)
    }

    @Test(arguments: [
        ("/v2/nothing", "UNSUPPORTED", 404), ("/v1/", "UNSUPPORTED", 404), ("", "UNSUPPORTED", 404),
        ("/v2/App/tags/list", "NAME_INVALID", 400), ("/v2//tags/list", "NAME_INVALID", 400),
        ("/v2/tags/list", "NAME_INVALID", 400), ("/v2/a//b/tags/list", "NAME_INVALID", 400),
        ("/v2/../etc/tags/list", "NAME_INVALID", 400), ("/v2/%2e%2e/tags/list", "NAME_INVALID", 400),
        ("/v2/\(String(repeating: "a", count: 256))/tags/list", "NAME_INVALID", 400),
        ("/v2/app/blobs/sha256:00", "DIGEST_INVALID", 400), ("/v2/app/blobs/x", "DIGEST_INVALID", 400),
        ("/v2/app/manifests/md5:00", "DIGEST_INVALID", 400),
        ("/v2/app/manifests/.hidden", "MANIFEST_UNKNOWN", 404),
        ("/v2/app/blobs/uploads/1", "BLOB_UPLOAD_UNKNOWN", 404),
        ("/v2/app/referrers/1", "DIGEST_INVALID", 400), ("/v2/app/%zz/1", "UNSUPPORTED", 404),
    ])
    func `that is malformed is refused by name`(path: String, code: String, status: Int) {
        let error = #expect(throws: RegistryError.self) { try Endpoint(path: path) }
        #expect(error?.code == code)
        #expect(error?.status.code == status)
    }

    private func summary(of endpoint: Endpoint) -> String {
        switch endpoint {
        case .base: "base"
        case .catalog: "catalog"
        case .tags(let name): "tags \(name)"
        case .manifest(let name, let reference): "manifest \(name) \(reference)"
        case .blob(let name, let digest): "blob \(name) \(digest)"
        case .uploads(let name): "uploads \(name)"
        case .upload(let name, let id): "upload \(name) \(id)"
        case .referrers(let name, let digest): "referrers \(name) \(digest)"
        }
    }
}
