import OCI

extension Findings {
    /// Reads `package-lock.json` and `npm-shrinkwrap.json`, versions 1 to 3; what is for development only is left out.
    init(npmLock file: InventoryFile) {
        guard let document = file.json(&self)?.object else { return }
        if let packages = document["packages"]?.object {
            for (path, entry) in packages.sorted(by: { $0.key < $1.key }) { add(npm: path, entry, file) }
        } else if let dependencies = document["dependencies"]?.object {
            add(npm: dependencies, file, depth: 0)
        } else if document["lockfileVersion"] == nil {
            note("it has no packages", in: file.path)
        }
    }

    /// An entry of versions 2 and 3, keyed by the folder that it is installed in.
    private mutating func add(npm folder: String, _ entry: JSONValue, _ file: InventoryFile) {
        let marker = "node_modules/"
        guard let entry = entry.object, let range = Substring(folder).range(ofLast: marker),
            entry["dev"] != .bool(true), entry["link"] != .bool(true)
        else { return }
        let name = entry["name"]?.string ?? String(folder[range.upperBound...])
        guard let version = entry["version"]?.string else {
            return note("an entry has no version", in: file.path)
        }
        var package = npm(name, version, resolved: entry["resolved"]?.string, file)
        package.license = Self.npmLicense(entry)
        add(package)
    }

    /// The entries of version 1, which nest like the folders.
    private mutating func add(npm dependencies: [String: JSONValue], _ file: InventoryFile, depth: Int) {
        guard depth < 64 else { return note("its entries nest too deeply", in: file.path) }
        for (name, entry) in dependencies.sorted(by: { $0.key < $1.key }) {
            guard let entry = entry.object, entry["dev"] != .bool(true) else { continue }
            if let version = entry["version"]?.string {
                if let (name, version) = Substring(version).dropping(prefix: "npm:")?.split(
                    atLast: UInt8(ascii: "@"))
                {
                    add(npm(String(name), String(version), resolved: nil, file))
                } else if version.hasPrefix("git+") || version.hasPrefix("git:") {
                    add(npm(name, "", resolved: version, file))
                } else if !version.hasPrefix("file:") {
                    add(npm(name, version, resolved: nil, file))
                }
            } else {
                note("an entry has no version", in: file.path)
            }
            add(npm: entry["dependencies"]?.object ?? [:], file, depth: depth + 1)
        }
    }

    private func npm(_ name: String, _ version: String, resolved: String?, _ file: InventoryFile) -> Package {
        let repository = resolved.flatMap { $0.hasPrefix("git") ? $0 : nil }
        let purl = PackageURL(
            .npm, name: name, version: version, qualifiers: ["vcs_url": repository ?? ""])
        return Package(.npm, name, version, purl: purl, from: file)
    }

    /// Reads the `package.json` of an installed package.
    init(npmPackage file: InventoryFile) {
        guard let document = file.json(&self)?.object else { return }
        // Folders in packages have such files too, which say how to load them, and name nothing.
        guard let name = document["name"]?.string, let version = document["version"]?.string else { return }
        var package = Package(.npm, name, version, from: file)
        package.license = Self.npmLicense(document)
        let author = document["author"]?.string ?? document["author"]?.object?["name"]?.string
        package.supplier = author.flatMap { .init(Substring($0), isPerson: true) }
        add(package)
    }

    /// A text today; old packages have an object, or a list of them.
    private static func npmLicense(_ entry: [String: JSONValue]) -> String? {
        let values = entry["license"].map { [$0] } ?? entry["licenses"]?.array ?? []
        let names = values.compactMap { $0.string ?? $0.object?["type"]?.string }
            .map { Substring($0).trimmed.oneLine }.filter { !$0.isEmpty }
        return names.isEmpty ? nil : names.joined(separator: " OR ")
    }

    /// Whether a `package.json` in these folders is that of an installed package.
    static func isInstalledNPM(_ folders: ArraySlice<Substring>) -> Bool {
        let last = Array(folders.suffix(3))
        guard let name = last.last, !name.hasPrefix("@"), name != "node_modules" else { return false }
        let isScoped = last.count == 3 && last[0] == "node_modules" && last[1].hasPrefix("@")
        return isScoped || last.dropLast().last == "node_modules"
    }
}

extension Substring {
    /// Where an ASCII text stands last.
    fileprivate func range(ofLast text: String) -> Range<Index>? {
        let pattern = Array(text.utf8)
        var end = utf8.endIndex
        while let last = utf8[..<end].lastIndex(of: pattern[pattern.count - 1]) {
            let tail = utf8[...last].suffix(pattern.count)
            if tail.elementsEqual(pattern) { return tail.startIndex..<tail.endIndex }
            end = last
        }
        return nil
    }
}
