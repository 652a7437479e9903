@testable import Inventory
import Testing

@Suite("An RPM header") struct RPMHeaderTests {
    private static let bash = RPMHeaderFixture.bytes(
        strings: [
            (1000, "bash"), (1001, "5.2.15"), (1002, "3.fc38"), (1011, "Fedora Project"),
            (1014, "GPL-3.0-or-later"), (1022, "x86_64"), (1044, "bash-5.2.15-3.fc38.src.rpm"),
        ], epoch: 2)

    private func found(_ bytes: [UInt8]) -> Findings {
        var findings = Findings()
        findings.add(
            rpmHeader: bytes, in: "var/lib/rpm/Packages",
            of: Distribution(id: "fedora", versionID: "38"))
        return findings
    }

    @Test func `tells of one package`() throws {
        let package = try #require(found(Self.bash).packages.first)
        #expect(
            package.purl.description
                == "pkg:rpm/fedora/bash@5.2.15-3.fc38?arch=x86_64&distro=fedora-38&epoch=2")
        #expect(package.version == "2:5.2.15-3.fc38")
        #expect(package.license == "GPL-3.0-or-later")
        #expect(package.supplier == .organization("Fedora Project"))
        #expect(package.sourcePackage == "bash-5.2.15-3.fc38.src.rpm")
        #expect(package.sourcePath == "var/lib/rpm/Packages")
    }

    @Test func `may have the mark that package files have`() {
        let marked: [UInt8] = [0x8E, 0xAD, 0xE8, 0x01, 0, 0, 0, 0] + Self.bash
        #expect(found(marked).packages == found(Self.bash).packages)
    }

    @Test func `tells of no key`() {
        let key = RPMHeaderFixture.bytes(strings: [(1000, "gpg-pubkey"), (1001, "1"), (1002, "2")])
        #expect(found(key) == Findings())
    }

    @Test(arguments: [
        ([UInt8](), RPMHeaderError.truncated), ([0, 0, 0, 1, 0, 0, 0, 0], .truncated),
        ([0, 1, 0, 0, 0, 0, 0, 0], .tooManyEntries(65536)),
        ([0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0], .tooManyEntries(0xFFFF_FFFF)),
        ([0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF], .truncated),
        ([0, 0, 0, 0, 0, 0, 0, 0], .missing("a name, version and release")),
    ])
    func `is refused where its numbers do not fit`(bytes: [UInt8], error: RPMHeaderError) {
        #expect(throws: error) { try RPMHeader(parsing: bytes) }
        #expect(found(bytes).notes == ["`var/lib/rpm/Packages`: \(error)"])
    }

    @Test func `may end anywhere`() {
        for count in 0..<Self.bash.count {
            #expect(throws: RPMHeaderError.self) { try RPMHeader(parsing: Array(Self.bash.prefix(count))) }
        }
    }

    @Test func `may be damaged anywhere`() {
        var random = SplitMix(seed: 2)
        for index in Self.bash.indices {
            var damaged = Self.bash
            damaged[index] = UInt8(truncatingIfNeeded: random.next())
            let findings = found(damaged)
            #expect(findings.packages.count + findings.notes.count <= 1)
        }
    }
}

/// Headers as RPM writes them.
enum RPMHeaderFixture {
    static func bytes(strings: [(tag: Int, text: String)], epoch: Int? = nil) -> [UInt8] {
        var entries: [UInt8] = []
        var values: [UInt8] = []
        if let epoch {
            entries += number(1003) + number(4) + number(0) + number(1)
            values += number(epoch)
        }
        for (tag, text) in strings {
            entries += number(tag) + number(6) + number(values.count) + number(1)
            values += Array(text.utf8) + [0]
        }
        return number(entries.count / 16) + number(values.count) + entries + values
    }

    private static func number(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
