import OCI

extension Findings {
    /// Reads an installed Python package's `METADATA` or `PKG-INFO`: headers as in mail, then a description.
    init(pythonMetadata file: InventoryFile) {
        let headers = file.lines.prefix { !$0.trimmed.isEmpty }
        let fields = Paragraphs(
            headers, keeping: ["name", "version", "license", "license-expression", "author", "author-email"]
        ).all.first
        guard let fields, let name = fields["name"], let version = fields["version"] else {
            note("it has no name or no version", in: file.path)
            return
        }
        var package = Package(.pypi, String(name), String(version), from: file)
        // Some have the license's whole text there.
        let license = fields["license-expression"] ?? fields["license"]
        if let license, license.lines.count == 1, license.utf8.count <= 120, license != "UNKNOWN" {
            package.license = license.oneLine
        }
        package.supplier = (fields["author"] ?? fields["author-email"]).flatMap {
            $0 == "UNKNOWN" ? nil : .init($0, isPerson: true)
        }
        add(package)
    }

    /// Reads `requirements.txt`: the lines that pin a version with `==`.
    init(requirements file: InventoryFile) {
        for line in file.lines {
            // Options follow in further words: hashes, and what the line depends on behind a semicolon.
            let text = line.split(at: UInt8(ascii: ";"))?.0 ?? line
            guard let first = text.utf8.first, first.isLetterOrDigit,
                let equals = text.range(ofPin: "=="), let name = text[..<equals.lowerBound].words.first,
                let version = text[equals.upperBound...].words.first,
                !version.utf8.contains(UInt8(ascii: "*"))
            else { continue }
            let bare = name.split(at: UInt8(ascii: "["))?.0 ?? name
            let pinned = version.split(at: UInt8(ascii: ","))?.0 ?? version
            guard bare.utf8.allSatisfy({ $0.isLetterOrDigit || "-_.".utf8.contains($0) }) else { continue }
            add(Package(.pypi, String(bare), String(pinned), from: file))
        }
    }

    /// Reads `Pipfile.lock`; what is for development only is left out.
    init(pipfileLock file: InventoryFile) {
        guard let document = file.json(&self)?.object else { return }
        guard let packages = document["default"]?.object else {
            note("it has no `default` packages", in: file.path)
            return
        }
        for (name, entry) in packages.sorted(by: { $0.key < $1.key }) {
            // One from a repository or a folder has no version.
            guard let version = entry.object?["version"]?.string else { continue }
            let bare = Substring(version).dropping(prefix: "==") ?? Substring(version)
            add(Package(.pypi, name, String(bare), from: file))
        }
    }
}

extension Substring {
    /// Where `==` stands, unless it is part of `===`.
    fileprivate func range(ofPin mark: String) -> Range<Index>? {
        guard let (before, after) = split(at: UInt8(ascii: "=")),
            let rest = after.dropping(prefix: "="), rest.utf8.first != UInt8(ascii: "="),
            before.utf8.allSatisfy({ !"<>!~".utf8.contains($0) })
        else { return nil }
        return before.endIndex..<rest.startIndex
    }
}
