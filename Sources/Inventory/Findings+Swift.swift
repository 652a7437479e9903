import OCI

extension Findings {
    /// Reads `Package.resolved`, versions 1 to 3.
    init(swiftResolved file: InventoryFile) {
        guard let document = file.json(&self)?.object else { return }
        guard let pins = (document["pins"] ?? document["object"]?.object?["pins"])?.array else {
            note("it has no pins", in: file.path)
            return
        }
        for pin in pins {
            guard let pin = pin.object, let state = pin["state"]?.object,
                let name = (pin["identity"] ?? pin["package"])?.string
            else {
                note("an entry has no name or no state", in: file.path)
                continue
            }
            let version = (state["version"] ?? state["revision"])?.string ?? ""
            let location = (pin["location"] ?? pin["repositoryURL"])?.string
            let path = location.flatMap { Self.hostAndPath(Substring($0)) } ?? name
            let purl = PackageURL(.swift, name: path, version: version)
            add(Package(.swift, name, version, purl: purl, from: file))
        }
    }

    /// `https://user@host/owner/name.git` and `git@host:owner/name.git` are `host/owner/name`; `nil` for paths.
    private static func hostAndPath(_ url: Substring) -> String? {
        let rest: Substring
        if let colon = url.utf8.firstIndex(of: UInt8(ascii: ":")), url[colon...].hasPrefix("://") {
            rest = url[colon...].dropFirst(3)
        } else if let (host, path) = url.split(at: UInt8(ascii: ":")), host.utf8.contains(UInt8(ascii: "@")) {
            rest = Substring("\(host)/\(path)")
        } else {
            return nil
        }
        guard let (authority, path) = rest.split(at: UInt8(ascii: "/")), !path.isEmpty else { return nil }
        let host = authority.split(atLast: UInt8(ascii: "@"))?.1 ?? authority
        let bare = path.hasSuffix(".git") ? path.dropLast(4) : path
        return host.isEmpty ? nil : "\(host)/\(bare)"
    }
}
