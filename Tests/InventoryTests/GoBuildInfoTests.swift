@testable import Inventory
import Testing

@Suite("A Go program's build information") struct GoBuildInfoTests {
    private static let list = """
        path\texample.com/app
        mod\texample.com/app\t(devel)\t
        dep\tgithub.com/BurntSushi/toml\tv1.3.2\th1:o7=
        dep\texample.com/forked\tv1.0.0
        =>\texample.com/fork\tv1.0.1\th1:x=
        dep\texample.com/near\tv0.0.0
        =>\t./near\t(devel)\t
        build\t-compiler=gc

        """

    /// As the linker writes it since Go 1.18.
    private static func bytes(version: String = "go1.22.1", list: String = list, flags: UInt8 = 2) -> [UInt8]
    {
        let mark = [UInt8](repeating: 0x30, count: 16)
        let modules = mark + Array(list.utf8) + mark
        return GoBuildInfo.magic + [8, flags] + [UInt8](repeating: 0, count: 16)
            + [UInt8(version.utf8.count)] + Array(version.utf8)
            + [UInt8(modules.count & 0x7F | 0x80), UInt8(modules.count >> 7)] + modules
    }

    private func purls(_ bytes: [UInt8]) -> [String]? {
        guard let info = GoBuildInfo(parsing: bytes) else { return nil }
        var findings = Findings()
        findings.add(info, inProgram: "usr/bin/app")
        return findings.packages.map(\.purl.description)
    }

    @Test func `names its modules and the standard library`() {
        #expect(
            purls(Self.bytes()) == [
                "pkg:golang/github.com/burntsushi/toml@v1.3.2", "pkg:golang/example.com/fork@v1.0.1",
                "pkg:golang/stdlib@1.22.1",
            ])
    }

    @Test func `names the program where it has a version`() {
        let bytes = Self.bytes(version: "go1.22.1 X:foo", list: "mod\texample.com/app\tv1.2.3\th1:x=\n")
        #expect(purls(bytes) == ["pkg:golang/example.com/app@v1.2.3", "pkg:golang/stdlib@1.22.1"])
    }

    @Test func `is not made of what only looks like it`() {
        #expect(purls(Self.bytes(flags: 0)) == nil)
        #expect(purls(Self.bytes(version: "devel")) == nil)
        #expect(purls([]) == nil)
        #expect(purls(GoBuildInfo.magic) == nil)
    }

    @Test func `may end or be damaged anywhere`() {
        var random = SplitMix(seed: 3)
        let bytes = Self.bytes()
        for index in bytes.indices {
            #expect(GoBuildInfo(parsing: bytes.prefix(index)) == nil)
            var damaged = bytes
            damaged[index] = UInt8(truncatingIfNeeded: random.next())
            #expect((purls(damaged) ?? []).count <= 4)
        }
    }
}
