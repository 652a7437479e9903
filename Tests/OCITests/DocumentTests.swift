import OCI
import Testing

@Suite("A digest") struct DigestTests {
    @Test(arguments: [
        ("md5:00", DigestError.unknownAlgorithm(in: "md5:00")),
        ("sha256", DigestError.missingAlgorithm(in: "sha256")),
        ("sha256:00", DigestError.malformedHash(in: "sha256:00", expectedLength: 64)),
    ])
    func `refuses malformed text`(text: String, expected: DigestError) {
        #expect(throws: expected) { try Digest(text) }
    }

    @Test func `refuses capitals and other lengths`() {
        #expect(throws: DigestError.self) { try Digest("sha256:" + String(repeating: "A", count: 64)) }
        #expect(throws: DigestError.self) { try Digest("sha512:" + String(repeating: "a", count: 64)) }
    }

    @Test func `is its text`() throws {
        let text = "sha256:" + String(repeating: "0f", count: 32)
        #expect(try Digest(text).description == text)
        #expect(try Digest(.sha256, hash: Array(repeating: 0x0F, count: 32)).description == text)
    }
}

@Suite("An OCI document") struct DocumentTests {
    static let digest = "sha256:" + String(repeating: "0", count: 64)

    @Test func `keeps the fields it does not know`() throws {
        let text = """
            {"annotations":{"k":"v"},"config":{"digest":"\(Self.digest)","mediaType":"a/b","size":2,"urls":["u"]},\
            "layers":[],"mediaType":"application/vnd.oci.image.manifest.v1+json","schemaVersion":2,"x":{"y":[1,2.5,null,true]}}
            """
        let manifest = try ImageManifest(parsing: text.utf8)
        #expect(String(decoding: manifest.json.canonical, as: UTF8.self) == text)
    }

    @Test func `says which field is wrong`() throws {
        #expect(
            throws: DocumentError.unexpected(
                path: "layers[0].size", expected: "an integer", found: "a string")
        ) {
            try ImageManifest(
                parsing: """
                    {"config":{"mediaType":"a","size":1,"digest":"\(Self.digest)"},
                     "layers":[{"mediaType":"a","digest":"\(Self.digest)","size":"1"}]}
                    """.utf8)
        }
        #expect(throws: DocumentError.missing(path: "config", expected: "a descriptor")) {
            try ImageManifest(parsing: "{}".utf8)
        }
        #expect(throws: DocumentError.self) { try ImageManifest(parsing: "{".utf8) }
        #expect(throws: DocumentError.self) { try ImageManifest(parsing: [0xFF, 0x00]) }
    }

    @Test func `of Docker's configuration survives a round trip`() throws {
        let text = """
            {"architecture":"amd64","config":{"ArgsEscaped":true,"Cmd":["sh"],"Env":["A=1"],"ExposedPorts":{"80/tcp":{}},\
            "Healthcheck":{"Interval":5000000000,"Test":["CMD","x"]},"Labels":{"l":"\\u0001\\"é"},"OnBuild":["RUN x"]},\
            "created":"2020-01-01T00:00:00Z","docker_version":"1","history":[{"created_by":"x","empty_layer":true}],\
            "os":"linux","rootfs":{"diff_ids":["\(Self.digest)"],"type":"layers"}}
            """
        let config = try ImageConfig(parsing: text.utf8)
        #expect(config.execution.exposedPorts == ["80/tcp"])
        #expect(String(decoding: config.json.canonical, as: UTF8.self) == text)
    }

    @Test func `finds a platform's manifest in an index`() throws {
        func entry(_ platform: String) -> String {
            #"{"mediaType":"m","digest":"\#(Self.digest)","size":\#(platform.utf8.count),"platform":\#(platform)}"#
        }
        let arm = #"{"os":"linux","architecture":"arm64","variant":"v8"}"#
        let unknown = #"{"os":"unknown","architecture":"unknown"}"#
        let index = try ImageIndex(parsing: #"{"manifests":[\#(entry(unknown)),\#(entry(arm))]}"#.utf8)
        #expect(index.manifest(for: try #require(Platform("arm64")))?.size == Int64(arm.utf8.count))
        #expect(index.manifest(for: try #require(Platform("linux/amd64"))) == nil)
    }
}
