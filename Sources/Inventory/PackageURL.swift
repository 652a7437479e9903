/// A package's name that is the same for all tools: `pkg:deb/debian/curl@7.88.1-10?arch=amd64&distro=debian-12`.
///
/// Written in the canonical form of the package URL specification (ECMA-427): equal packages give equal texts.
package struct PackageURL: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// Names a package by the rules of its ecosystem.
    ///
    /// - Parameters:
    ///   - namespace: a distribution's name; most ecosystems have the namespace in the name, before the last slash.
    ///   - qualifiers: empty values count as absent.
    init(
        _ ecosystem: Package.Ecosystem, namespace: String = "", name: String, version: String,
        qualifiers: [String: String] = [:]
    ) {
        var segments = namespace.isEmpty ? [] : [namespace.lowercased()]
        segments += ecosystem.normalized(name).utf8.split(separator: UInt8(ascii: "/")).map {
            String(Substring($0))
        }
        self.init(type: ecosystem.rawValue, segments: segments, version: version, qualifiers: qualifiers)
    }

    /// Names an image in a registry; `library/` and the registry are left out where they are Docker Hub's.
    ///
    /// - Parameters:
    ///   - repository: without the registry: `library/debian`.
    ///   - version: a tag or a digest.
    init(
        docker repository: String, version: String, registry: String?, platform: String?
    ) {
        var segments = repository.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
        if registry == nil, segments.count == 2, segments[0] == "library" { segments.removeFirst() }
        let address = registry.map { "\($0)/\(segments.joined(separator: "/"))" }
        self.init(
            type: "docker", segments: segments, version: version,
            qualifiers: ["repository_url": address ?? "", "platform": platform ?? ""])
    }

    private init(type: String, segments: [String], version: String, qualifiers: [String: String]) {
        var text = "pkg:\(type)/" + segments.map(\.percentEncoded).joined(separator: "/")
        if !version.isEmpty { text += "@\(version.percentEncoded)" }
        let sorted = qualifiers.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
        if !sorted.isEmpty {
            text += "?" + sorted.map { "\($0.key)=\($0.value.percentEncoded)" }.joined(separator: "&")
        }
        description = text
    }
}

extension Package.Ecosystem {
    /// The name as package URLs of this type write it.
    fileprivate func normalized(_ name: String) -> String {
        switch self {
        case .apk, .composer, .deb, .golang, .hex, .npm, .pub: name.lowercased()
        case .pypi:
            name.lowercased().utf8.split(whereSeparator: Self.isPythonSeparator)
                .map { String(Substring($0)) }.joined(separator: "-")
        case .cargo, .gem, .nuget, .rpm, .swift: name
        }
    }

    /// Python's packages have one name whatever stands between its words (PEP 503).
    private static func isPythonSeparator(_ byte: UInt8) -> Bool {
        [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ".")].contains(byte)
    }
}

extension String {
    /// Everything encoded but letters, digits, `.`, `-`, `_`, `~` and the colon.
    fileprivate var percentEncoded: String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in utf8 {
            if byte.isLetterOrDigit || ".-_~:".utf8.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
