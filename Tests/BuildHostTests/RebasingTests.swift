import BuildHost
import Cryptography
import OCI
import Testing

@Suite("An image that is put on another base") struct RebasingTests {
    /// A configuration whose history is a line of words; those in lower case have a layer.
    private func config(layers: Int, _ words: String) throws -> ImageConfig {
        var config = ImageConfig(platform: .host)
        config.diffIDs = try (0..<layers).map { try Digest(of: Array("\($0)".utf8)) }
        config.history = words.split(separator: " ").map { word in
            .init(created: nil, createdBy: String(word), isEmptyLayer: word.first?.isUppercase ?? false)
        }
        return config
    }

    @Test(arguments: [
        // The image, the old base and the new one, each as layers and history.
        ((2, "a x"), (1, "a"), (1, "b"), "b x"),
        ((2, "a CMD x ENV"), (1, "a CMD"), (2, "b c SHELL"), "b c SHELL x ENV"),
        ((2, "a ENV x"), (1, "a"), (1, "b"), "b ENV x"),
        ((1, "a"), (1, "a"), (0, ""), ""),
        ((1, "x"), (0, ""), (1, "b"), "b x"),
        // The same layer under other words.
        ((2, "a2 CMD2 x"), (1, "a CMD"), (1, "b"), "b CMD2 x"),
        // Histories that are missing or tell of other layers.
        ((2, ""), (1, "a"), (1, "b"), "b ?"),
        ((3, "a x"), (1, "a"), (1, "b"), "b ? ?"),
        ((2, "a x y"), (1, "a"), (1, "b"), "b ?"),
        ((2, "a x"), (1, ""), (1, "b"), "b x"),
        ((2, "a x"), (1, "a"), (2, ""), "? ? x"),
        ((2, "a x"), (1, "a"), (1, "b c"), "? x"),
    ])
    func `has a history of its layers`(
        image: (Int, String), old: (Int, String), new: (Int, String), expected: String
    ) throws {
        let history = try config(layers: image.0, image.1)
            .history(movedFrom: config(layers: old.0, old.1), to: config(layers: new.0, new.1))
        #expect(
            history.map { $0.createdBy == "" ? "?" : $0.createdBy ?? "" }.joined(separator: " ") == expected)
        #expect(history.count { !$0.isEmptyLayer } == image.0 - old.0 + new.0)
    }

    private let digest: Digest

    init() throws { digest = try Digest(of: [1]) }

    @Test func `says the name and digest of that base alone`() throws {
        let before = [
            BaseAnnotations.nameKey: "example.com/old:1", BaseAnnotations.digestKey: digest.description,
            "a": "b",
        ]
        let new = try Digest(of: [2])
        let named = BaseAnnotations(name: try ImageReference("example.com/new:2"), digest: new)
        #expect(
            named.replacing(in: before) == [
                BaseAnnotations.nameKey: "example.com/new:2", BaseAnnotations.digestKey: new.description,
                "a": "b",
            ])
        #expect(try BaseAnnotations(named.replacing(in: before)) == named)
        let nameless = BaseAnnotations(name: nil, digest: new)
        #expect(nameless.replacing(in: before) == [BaseAnnotations.digestKey: new.description, "a": "b"])
    }

    @Test func `knows its old base where it names it exactly`() throws {
        let name = "example.com/old:1"
        let both = try BaseAnnotations([
            BaseAnnotations.nameKey: name, BaseAnnotations.digestKey: digest.description,
        ])
        #expect(both.pinned?.description == "\(name)@\(digest)")
        #expect(try BaseAnnotations([BaseAnnotations.nameKey: name]).pinned == nil)
        #expect(try BaseAnnotations([BaseAnnotations.digestKey: digest.description]).pinned == nil)
        #expect(try BaseAnnotations([:]) == BaseAnnotations(name: nil, digest: nil))
    }

    @Test func `is refused annotations that name nothing`() throws {
        #expect(throws: ImageReferenceError.self) { try BaseAnnotations([BaseAnnotations.nameKey: "A B"]) }
        #expect(throws: DigestError.self) { try BaseAnnotations([BaseAnnotations.digestKey: "sha256:1"]) }
    }
}
