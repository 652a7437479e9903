import Cryptography
import OCI
import Testing

@Suite("A digest hasher") struct DigestHasherTests {
    // The values are of FIPS 180-2's examples.
    @Test(arguments: [
        ("", "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ])
    func `gives the digest of its bytes`(text: String, digest: String) throws {
        #expect(try Digest(of: Array(text.utf8)).description == digest)
    }

    @Test func `gives the same digest whatever the pieces`() throws {
        let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var hasher = try DigestHasher()
        for piece in stride(from: 0, to: bytes.count, by: 777) {
            hasher.update(bytes[piece..<min(piece + 777, bytes.count)].span.bytes)
        }
        let early = hasher.copy().finish()
        #expect(try early == Digest(of: bytes))
        hasher.update([UInt8(1)].span.bytes)
        #expect(try hasher.finish() == Digest(of: bytes + [1]))
    }

    @Test func `knows SHA-512`() throws {
        let digest = try Digest(of: Array("abc".utf8), .sha512)
        #expect(digest.hex.hasPrefix("ddaf35a193617abacc417349ae204131"))
    }
}
