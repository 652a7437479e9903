@testable import Inventory
import Testing

@Suite("A package") struct PackageTests {
    private func packages(_ sample: Int, in samples: [Sample]) throws -> [Package] {
        try samples[sample].read().packages
    }

    @Test func `of dpkg has an architecture, a supplier and a source`() throws {
        let found = try packages(0, in: Sample.systems)
        #expect(found.map(\.architecture) == ["amd64", "amd64", "all"])
        #expect(found[0].supplier == .organization("Alessandro Ghedini (ghedo@debian.org)"))
        #expect(found.map(\.sourcePackage) == [nil, "gcc-12 12.2.0-14", "util-linux 2.38.1-5"])
    }

    @Test func `of apk has a license, a maintainer and an origin`() throws {
        let found = try packages(2, in: Sample.systems)
        #expect(found.map(\.license) == ["MIT", "GPL-2.0-only"])
        #expect(found[0].supplier == .person("Timo Teräs (timo.teras@iki.fi)"))
        #expect(found.map(\.sourcePackage) == [nil, "busybox 1.36.1-r5"])
    }

    @Test(arguments: [
        ("a/node_modules/x/package.json", #"{"name": "x", "version": "1", "license": "MIT"}"#, "MIT"),
        (
            "a/node_modules/x/package.json", #"{"name": "x", "version": "1", "license": {"type": "ISC"}}"#,
            "ISC"
        ),
        (
            "a/node_modules/x/package.json",
            #"{"name": "x", "version": "1", "licenses": [{"type": "MIT"}, {"type": "ISC"}]}"#, "MIT OR ISC"
        ),
        ("a/node_modules/x/package.json", #"{"name": "x", "version": "1", "license": " "}"#, nil),
        (
            "x.dist-info/METADATA", "Name: x\nVersion: 1\nLicense: BSD\nLicense-Expression: MIT OR ISC\n",
            "MIT OR ISC"
        ),
        ("x.dist-info/METADATA", "Name: x\nVersion: 1\nLicense: Permission is\n  hereby granted\n", nil),
        ("x.dist-info/METADATA", "Name: x\nVersion: 1\nLicense: UNKNOWN\n", nil),
        ("composer.lock", #"{"packages": [{"name": "x", "version": "1", "license": ["MIT"]}]}"#, "MIT"),
        ("specifications/x.gemspec", "s.name = 'x'\ns.version = '1'\ns.license = 'MIT'\n", "MIT"),
    ])
    func `has the license that its file names`(path: String, text: String, license: String?) throws {
        #expect(try Sample(path, [], text).read().packages.map(\.license) == [license])
    }

    @Test(arguments: [
        (Package.Ecosystem.pypi, "Foo__Bar.-baz", "pkg:pypi/foo-bar-baz@1"),
        (.npm, "@Scope/Name", "pkg:npm/%40scope/name@1"), (.npm, "JSONStream", "pkg:npm/jsonstream@1"),
        (.golang, "github.com/Azure/azure-sdk", "pkg:golang/github.com/azure/azure-sdk@1"),
        (.nuget, "Foo Bar!é", "pkg:nuget/Foo%20Bar%21%C3%A9@1"), (.gem, "Foo", "pkg:gem/Foo@1"),
        (.composer, "Vendor/Name", "pkg:composer/vendor/name@1"), (.hex, "Foo", "pkg:hex/foo@1"),
        (.swift, "github.com/A/B", "pkg:swift/github.com/A/B@1"), (.cargo, "a_B", "pkg:cargo/a_B@1"),
    ])
    func `has a name for all tools`(ecosystem: Package.Ecosystem, name: String, purl: String) {
        #expect(PackageURL(ecosystem, name: name, version: "1").description == purl)
    }

    @Test(arguments: [
        ("A <a@b.c>", "Person: A (a@b.c)"), ("A (the B) <a@b>", "Person: A the B (a@b)"), ("A", "Person: A"),
        ("A <>", "Person: A"), ("A <a@b", "Person: A (a@b)"), ("A\n B", "Person: A  B"), ("<a@b>", nil),
        ("", nil),
    ])
    func `has a supplier as SPDX writes one`(text: String, supplier: String?) {
        #expect(Package.Supplier(Substring(text), isPerson: true)?.description == supplier)
    }
}

@Suite("A distribution") struct DistributionTests {
    private func distribution(_ text: String) -> Distribution? {
        Distribution(parsing: InventoryFile(path: "etc/os-release", bytes: Array(text.utf8)))
    }

    @Test(arguments: [
        (
            "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian\"\nVERSION_ID=\"12\"\nID=debian\n",
            "debian", "12", "debian-12"
        ),
        ("ID=alpine\r\nVERSION_ID=3.18.4\r\n", "alpine", "3.18.4", "alpine-3.18.4"),
        ("ID='Arch'\n", "arch", "", "arch"),
        ("# x\nID=rhel\nVERSION_ID=\"9.2\"", "redhat", "9.2", "rhel-9.2"),
        ("ID=\"opensuse-leap\"\nVERSION_ID=\"15.5\"", "opensuse", "15.5", "opensuse-leap-15.5"),
    ])
    func `is read from os-release`(text: String, vendor: String, version: String, qualifier: String) throws {
        let found = try #require(distribution(text))
        #expect(found.vendor == vendor)
        #expect(found.versionID == version)
        #expect(found.qualifier == qualifier)
    }

    @Test(arguments: ["", "NAME=Debian", "ID=", "ID", "=debian", "ID=\"\""])
    func `has an id`(text: String) { #expect(distribution(text) == nil) }

    @Test func `has a name for people`() {
        #expect(distribution("ID=x\nPRETTY_NAME=\"X 1\"")?.prettyName == "X 1")
    }
}

@Suite("A Debian copyright file") struct DebianCopyrightTests {
    @Test(arguments: [
        ("Format: https://x\n\nFiles: *\nLicense: Expat\n text\n", "MIT"),
        (
            "Format: https://x\n\nFiles: *\nLicense: GPL-2+ or Artistic\n\nFiles: d\nLicense: GPL-2+ or Artistic\n",
            "GPL-2.0-or-later OR Artistic-1.0-Perl"
        ),
        (
            "Format: x\n\nLicense: GPL-2 or MIT\n\nLicense: zlib\n", "(GPL-2.0-only OR MIT) AND Zlib"
        ),
        ("Format: x\n\nLicense: GPL-2+ with OpenSSL exception\n", "GPL-2.0-or-later-with-OpenSSL-exception"),
        ("Format: x\n\nFiles: *\n", nil), ("This package was debianized by\nLicense: MIT\n", nil), ("", nil),
    ])
    func `names licenses where it is machine-readable`(text: String, license: String?) {
        let file = InventoryFile(path: DebianCopyright.path(of: "x"), bytes: Array(text.utf8))
        #expect(file.path == "usr/share/doc/x/copyright")
        #expect(DebianCopyright.license(in: file) == license)
    }
}
