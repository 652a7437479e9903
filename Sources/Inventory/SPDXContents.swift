import OCI

/// The packages and relations of an SPDX document, in order.
struct SPDXContents {
    static let document = "SPDXRef-DOCUMENT"
    private static let image = "SPDXRef-Image"
    private static let system = "SPDXRef-OperatingSystem"

    private(set) var packages: [JSONValue] = []
    private(set) var relationships: [JSONValue] = []
    private var references = LicenseReferences()
    private var identifiers: Set<String> = []

    init(_ document: SPDXDocument) {
        add(document.image)
        if let distribution = document.distribution { add(distribution) }
        let groups = Dictionary(grouping: document.findings.packages, by: \.purl)
        for (_, packages) in groups.sorted(by: { $0.key.description < $1.key.description }) { add(packages) }
    }

    /// The licenses that the SPDX License List does not have.
    var licenses: [JSONValue] {
        references.texts.sorted { $0.key < $1.key }.map { identifier, text in
            ["licenseId": .string(identifier), "name": .string(text), "extractedText": .string(text)]
        }
    }

    private mutating func add(_ image: SPDXDocument.Image) {
        var members = Self.members(Self.image, name: image.name.isEmpty ? "image" : image.name)
        members["versionInfo"] = .string(image.digest.description)
        members["primaryPackagePurpose"] = "CONTAINER"
        members["checksums"] = [
            [
                "algorithm": .string(image.digest.algorithm.rawValue.uppercased()),
                "checksumValue": .string(image.digest.hex),
            ]
        ]
        if let platform = image.platform { members["comment"] = .string("Platform: \(platform)") }
        packages.append(.object(members))
        relate(Self.document, "DESCRIBES", Self.image)
    }

    private mutating func add(_ distribution: Distribution) {
        var members = Self.members(Self.system, name: distribution.id)
        if !distribution.versionID.isEmpty { members["versionInfo"] = .string(distribution.versionID) }
        if let name = distribution.prettyName { members["description"] = .string(name) }
        // The schema spells it so; the specification's text has a dash.
        members["primaryPackagePurpose"] = "OPERATING_SYSTEM"
        packages.append(.object(members))
        relate(Self.image, "CONTAINS", Self.system)
    }

    /// One package, and all the files that tell of it.
    private mutating func add(_ found: [Package]) {
        let sorted = found.sorted { $0.sourcePath < $1.sourcePath }
        guard let package = sorted.first else { return }
        let identifier = identifier(of: package)
        var members = Self.members(identifier, name: package.name)
        if !package.version.isEmpty { members["versionInfo"] = .string(package.version) }
        let license = sorted.lazy.compactMap(\.license).first
        members["licenseDeclared"] = .string(references.expression(for: license))
        members["supplier"] = .string(
            sorted.lazy.compactMap(\.supplier).first?.description ?? "NOASSERTION")
        members["sourceInfo"] = .string(Self.origin(sorted))
        members["externalRefs"] = [
            [
                "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                "referenceLocator": .string(package.purl.description),
            ]
        ]
        packages.append(.object(members))
        relate(Self.image, "CONTAINS", identifier)
    }

    private static func origin(_ found: [Package]) -> String {
        var paths: [String] = []
        for package in found where paths.last != package.sourcePath { paths.append(package.sourcePath) }
        let source = found.lazy.compactMap(\.sourcePackage).first
        return "found in " + paths.joined(separator: ", ") + (source.map { "; built from \($0)" } ?? "")
    }

    /// What every package has; nobody here has looked into its files.
    private static func members(_ identifier: String, name: String) -> [String: JSONValue] {
        [
            "SPDXID": .string(identifier), "name": .string(name), "downloadLocation": "NOASSERTION",
            "filesAnalyzed": .bool(false), "licenseConcluded": "NOASSERTION",
            "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION", "supplier": "NOASSERTION",
        ]
    }

    private mutating func identifier(of package: Package) -> String {
        let name = "\(package.ecosystem.rawValue)-\(package.name)-\(package.version)"
        let bare = "SPDXRef-Package-" + Substring(name).identifier(limit: 160)
        var identifier = bare
        var number = 1
        while !identifiers.insert(identifier).inserted {
            number += 1
            identifier = "\(bare)-\(number)"
        }
        return identifier
    }

    private mutating func relate(_ element: String, _ type: String, _ related: String) {
        relationships.append([
            "spdxElementId": .string(element), "relationshipType": .string(type),
            "relatedSpdxElement": .string(related),
        ])
    }
}
