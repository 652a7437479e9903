package import OCI

/// What an image holds, for programs that look for licenses and known faults: an SPDX 2.3 document.
///
/// Equal values give equal bytes: everything is sorted, nothing is random, and the time is given.
package struct SPDXDocument: Hashable, Sendable {
    /// The image that the document describes.
    package struct Image: Hashable, Sendable {
        /// For people: `registry.example.com/app:1.2`, or whatever the build calls it.
        package var name: String
        /// The digest of the manifest.
        package var digest: Digest
        package var platform: Platform?

        package init(name: String, digest: Digest, platform: Platform? = nil) {
            self.name = name
            self.digest = digest
            self.platform = platform
        }
    }

    package var image: Image
    package var findings: Findings
    package var distribution: Distribution?
    /// In seconds since 1970-01-01 00:00:00 UTC: the image's own time, where the document is to be reproducible.
    package var created: Int64
    /// This program's version.
    package var toolVersion: String

    package init(
        image: Image, findings: Findings, distribution: Distribution?, created: Int64, toolVersion: String
    ) {
        self.image = image
        self.findings = findings
        self.distribution = distribution
        self.created = created
        self.toolVersion = toolVersion
    }

    /// The media type of the document.
    package static let mediaType = MediaType("application/spdx+json")
    /// What in-toto calls a statement with such a document.
    package static let predicateType = "https://spdx.dev/Document"

    package var json: JSONValue {
        let contents = SPDXContents(self)
        var members: [String: JSONValue] = [
            "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": .string(SPDXContents.document),
            "name": .string(image.name.isEmpty ? "image" : image.name),
            "documentNamespace": .string(namespace),
            "creationInfo": [
                "created": .string(Epoch.text(created)),
                "creators": [.string("Tool: slipway-\(toolVersion)")],
            ],
            "packages": .array(contents.packages), "relationships": .array(contents.relationships),
        ]
        if !contents.licenses.isEmpty { members["hasExtractedLicensingInfos"] = .array(contents.licenses) }
        if !findings.notes.isEmpty {
            members["comment"] = .string(
                "Not everything could be read:\n" + findings.notes.sorted().joined(separator: "\n"))
        }
        return .object(members)
    }

    /// What the document is depends on the image and on who read it: so does its name.
    private var namespace: String {
        let reader = Substring(toolVersion).identifier(limit: 64)
        return "\(SlipwayURL.base)/spdx/\(reader)/\(image.digest.algorithm.rawValue)-\(image.digest.hex)"
    }
}
