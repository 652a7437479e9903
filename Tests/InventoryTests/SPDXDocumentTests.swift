import Foundation
@testable import Inventory
import OCI
import TestSupport
import Testing

@Suite("An SPDX document") struct SPDXDocumentTests {
    private static func document(_ samples: [Sample] = Sample.all) throws -> SPDXDocument {
        var findings = Findings()
        for sample in samples { findings.append(try sample.read()) }
        findings.note("it is no database", in: "var/lib/rpm/Packages")
        let digest = try Digest("sha256:" + String(repeating: "ab", count: 32))
        return SPDXDocument(
            image: .init(name: "registry.example.com/app:1.2", digest: digest, platform: .host),
            findings: findings, distribution: Sample.debian, created: 1_700_000_000, toolVersion: "0.1.0")
    }

    private func members(_ value: JSONValue?, _ key: String) throws -> [[String: JSONValue]] {
        try #require(value?.object?[key]?.array).map { try #require($0.object) }
    }

    @Test func `says what it is`() throws {
        let members = try #require(try Self.document([]).json.object)
        #expect(members["spdxVersion"] == "SPDX-2.3")
        #expect(members["dataLicense"] == "CC0-1.0")
        #expect(members["SPDXID"] == "SPDXRef-DOCUMENT")
        #expect(members["name"] == "registry.example.com/app:1.2")
        #expect(
            members["creationInfo"]
                == ["created": "2023-11-14T22:13:20Z", "creators": ["Tool: slipway-0.1.0"]])
        let namespace = try #require(members["documentNamespace"]?.string)
        #expect(namespace.hasSuffix("/spdx/0.1.0/sha256-" + String(repeating: "ab", count: 32)))
        #expect(members["comment"]?.string?.contains("var/lib/rpm/Packages") == true)
    }

    @Test func `describes the image, which contains all else`() throws {
        let document = try Self.document().json
        let packages = try members(document, "packages")
        let image = try #require(packages.first)
        #expect(
            image["checksums"] == [
                ["algorithm": "SHA256", "checksumValue": .string(String(repeating: "ab", count: 32))]
            ])
        let relationships = try members(document, "relationships")
        #expect(relationships.first?["relationshipType"] == "DESCRIBES")
        #expect(relationships.first?["spdxElementId"] == "SPDXRef-DOCUMENT")
        #expect(relationships.first?["relatedSpdxElement"] == image["SPDXID"])
        let contained = relationships.dropFirst().map { $0["relatedSpdxElement"] }
        #expect(contained == packages.dropFirst().map { $0["SPDXID"] })
        #expect(relationships.dropFirst().allSatisfy { $0["relationshipType"] == "CONTAINS" })
    }

    @Test func `gives each package one name, and a URL`() throws {
        let document = try Self.document()
        let packages = try members(document.json, "packages").dropFirst(2)
        #expect(Set(packages.map { $0["SPDXID"] }).count == packages.count)
        #expect(packages.count == Set(document.findings.packages.map(\.purl)).count)
        let curl = try #require(packages.first { $0["name"] == "curl" })
        #expect(curl["versionInfo"] == "7.88.1-10+deb12u5")
        #expect(curl["supplier"] == "Organization: Alessandro Ghedini (ghedo@debian.org)")
        #expect(curl["sourceInfo"] == "found in var/lib/dpkg/status")
        #expect(curl["licenseDeclared"] == "NOASSERTION")
        #expect(
            curl["externalRefs"] == [
                [
                    "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                    "referenceLocator":
                        "pkg:deb/debian/curl@7.88.1-10%2Bdeb12u5?arch=amd64&distro=debian-12",
                ]
            ])
    }

    @Test func `tells all places of a package that is found twice`() throws {
        let sample = Sample(
            "b/Cargo.lock", [], "[[package]]\nname = \"x\"\nversion = \"1\"\nsource = \"r\"\n")
        let document = try Self.document([sample, Sample("a/Cargo.lock", [], sample.text)])
        let packages = try members(document.json, "packages").filter { $0["name"] == "x" }
        #expect(packages.map { $0["sourceInfo"] } == ["found in a/Cargo.lock, b/Cargo.lock"])
    }

    @Test func `keeps apart what has one name in SPDX's letters`() throws {
        let text = "a==1\na==1+x\na==1/x\n"
        let document = try Self.document([Sample("requirements.txt", [], text)])
        let names = try members(document.json, "packages").dropFirst(2).compactMap { $0["SPDXID"]?.string }
        #expect(
            names == [
                "SPDXRef-Package-pypi-a-1", "SPDXRef-Package-pypi-a-1-x", "SPDXRef-Package-pypi-a-1-x-2",
            ])
    }

    @Test func `does not depend on the order of what was found`() throws {
        let document = try Self.document()
        var other = document
        other.findings.packages.reverse()
        other.findings.notes.reverse()
        #expect(document.json.canonical == other.json.canonical)
    }

    /// What the SPDX 2.3 specification asks of identifiers, references and licenses, asked by a program of its own.
    @Test(.temporaryDirectory) func `holds together, as another program sees it`() throws {
        let directory = try TemporaryDirectory.required
        let text = String(decoding: try Self.document().json.canonical, as: UTF8.self)
        try directory.write(text, to: "document.json")
        let check = """
            import json, re
            d = json.load(open("document.json"))
            ids = [p["SPDXID"] for p in d["packages"]]
            assert len(set(ids)) == len(ids)
            assert all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", i) for i in ids), ids
            known = set(ids) | {d["SPDXID"]}
            for r in d["relationships"]:
                assert {r["spdxElementId"], r["relatedSpdxElement"]} <= known, r
            extracted = {e["licenseId"] for e in d.get("hasExtractedLicensingInfos", [])}
            used = set()
            for p in d["packages"]:
                assert p["name"] and p["downloadLocation"] == "NOASSERTION" and p["filesAnalyzed"] is False
                assert re.fullmatch(r"NOASSERTION|(Person|Organization): .+", p["supplier"]), p
                assert p.get("primaryPackagePurpose", "OTHER") in {"CONTAINER", "OPERATING_SYSTEM", "OTHER"}, p
                used |= set(re.findall(r"LicenseRef-[A-Za-z0-9.-]+", p["licenseDeclared"]))
            assert used == extracted, (used, extracted)
            assert re.fullmatch(r"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ", d["creationInfo"]["created"])
            assert re.match(r"https://[^#]+$", d["documentNamespace"])
            """
        let outcome = try Shell.run("/usr/bin/env", ["python3", "-c", check], in: directory.path)
        #expect(outcome.status == 0, "\(outcome.output)")
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (Int64.min, "1970-01-01T00:00:00Z"), (.max, "9999-12-31T23:59:59Z"),
    ])
    func `has a time that its form can tell`(created: Int64, text: String) {
        #expect(Epoch.text(created) == text)
    }
}
