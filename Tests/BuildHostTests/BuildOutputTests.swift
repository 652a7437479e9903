import Archive
import OCI
import Testing

@testable import BuildHost

@Suite("An output, as it is written") struct BuildOutputTests {
    @Test(
        arguments: [
            ("-", .tar, .standardOutput, false), ("out", .local, .path("out"), false),
            ("a=b", .local, .path("a=b"), false), ("type=local,dest=d", .local, .path("d"), false),
            ("type=oci,dest=d", .oci, .path("d"), false), ("type=oci,dest=d.tar", .oci, .path("d.tar"), true),
            ("type=oci,dest=d.tar,tar=false", .oci, .path("d.tar"), false),
            ("type=oci,dest=-", .oci, .standardOutput, true),
            ("type=docker,dest=x", .docker, .path("x"), false),
            ("\"type=tar\",\"dest=a,\"\"b\"\"\"", .tar, .path("a,\"b\""), false),
            ("type=registry", .registry, nil, false), ("type=image,push=true", .registry, nil, false),
            ("TYPE=image,push=1", .registry, nil, false),
        ] as [(String, BuildOutput.Kind, BuildOutput.Destination?, Bool)])
    func `names a kind and a place`(
        text: String, kind: BuildOutput.Kind, destination: BuildOutput.Destination?, isArchive: Bool
    ) throws {
        let output = try BuildOutput(parsing: text)
        #expect(output.kind == kind && output.destination == destination && output.isArchive == isArchive)
    }

    @Test(
        arguments: [
            ("compression=gzip", .gzip), ("compression=gzip,compression-level=9", .gzip),
            ("compression=uncompressed", Compression.none), ("compression=zstd", .zstd(level: 3)),
            ("compression=zstd,compression-level=0", .zstd(level: 1)),
            ("compression=zstd,compression-level=19", .zstd(level: 19)), ("tar=false", nil),
        ] as [(String, Compression?)])
    func `says how layers are compressed`(field: String, compression: Compression?) throws {
        #expect(try BuildOutput(parsing: "type=oci,dest=d,\(field)").compression == compression)
    }

    @Test func `has names and annotations`() throws {
        let text = "type=registry,\"name=a:1,h.io/b\",annotation.My.Key=V,annotation-index.x=y"
        let output = try BuildOutput(parsing: text)
        #expect(output.names.map(\.familiar) == ["a:1", "h.io/b:latest"])
        #expect(!output.annotations.isEmpty)
    }

    @Test(
        arguments: [
            ("", "it names nothing"), ("type=oci", "it has no `dest`"),
            ("type=oci,dest=", "its `dest` is empty"),
            ("type=oci,dest", "`dest` has no value"), ("type=oci,dest=d,", "it has an empty field"),
            ("dest=d,tar=true", "it has no `type`"), ("type=rpm,dest=d", "`rpm` is no type"),
            ("type=oci,dest=d,dst=e", "it has no option `dst`"),
            ("type=oci,dest=d,tar=maybe", "`tar` is `maybe`"),
            ("type=oci,dest=\"d", "a quote in it is not closed"),
            ("type=local,dest=-", "files cannot go to standard output"),
            ("type=image", "`type=image` alone keeps the image nowhere"),
            ("type=oci,dest=d,push=true", "`push=true` contradicts `type=oci`"),
            ("type=registry,dest=d", "a registry has no `dest`"),
            ("type=registry,name=A:B:c", "is not a repository name"),
            ("type=oci,dest=d,compression=lzma", "`lzma` is no compression"),
            ("type=oci,dest=d,compression=zstd,compression-level=99", "`compression-level` is `99`"),
            ("type=docker,dest=d,compression=zstd", "layers in zstd have no media type of Docker's"),
            ("type=oci,dest=d,oci-mediatypes=false,annotation.a=b", "documents of Docker's format"),
            ("type=local,dest=d,annotation.a=b", "files have no annotations"),
            ("type=oci,dest=d,annotation-there.a=b", "has no place"),
        ])
    func `is refused where it makes no sense`(text: String, reason: String) {
        let error = #expect(throws: BuildOptionError.self) { try BuildOutput(parsing: text) }
        #expect(error?.message.hasPrefix("the output `\(text)` makes no sense: ") == true)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test(
        arguments: [
            ("type=gha", "`gha` is no place for a cache"), ("type=inline", "would make equal builds unequal"),
            ("type=registry", "it has no `ref`"), ("type=local", "it has no directory"),
            ("type=registry,ref=a,mode=some", "`mode` is `min` or `max`"),
            ("type=registry,rf=a", "it has no option `rf`"), ("A B", "is not a repository name"),
        ])
    func `a cache's place likewise`(text: String, reason: String) {
        let error = #expect(throws: BuildOptionError.self) { try CachePlace(parsing: text) }
        #expect(error?.message.hasPrefix("the cache `\(text)` makes no sense: ") == true)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }
}
