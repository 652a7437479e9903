extension Findings {
    /// Reads `Gemfile.lock`: the gems below `GEM`, and those from repositories below `GIT`.
    init(gemfileLock file: InventoryFile) {
        var section = Substring("")
        var remote = ""
        for line in file.lines where !line.trimmed.isEmpty {
            let text = line.trimmed
            switch line.indentation {
            case 0: (section, remote) = (text, "")
            case 2: if let value = text.dropping(prefix: "remote:") { remote = value.trimmed.oneLine }
            // What a gem depends on is indented further.
            case 4 where section == "GEM" || section == "GIT":
                add(gem: text, repository: section == "GIT" ? remote : "", file)
            default: break
            }
        }
    }

    /// `NAME (VERSION)`, where the version may have a platform behind it.
    private mutating func add(gem text: Substring, repository: String, _ file: InventoryFile) {
        guard let (name, rest) = text.split(at: UInt8(ascii: "(")),
            let (inside, _) = rest.split(at: UInt8(ascii: ")")), !inside.isEmpty
        else { return note("an entry has no name or no version", in: file.path) }
        let parts = inside.split(at: UInt8(ascii: "-"))
        add(
            gem: name.trimmed.oneLine, (parts?.0 ?? inside).oneLine, platform: parts?.1.oneLine,
            repository: repository, file)
    }

    private mutating func add(
        gem name: String, _ version: String, platform: String?, repository: String = "",
        license: String? = nil, _ file: InventoryFile
    ) {
        let purl = PackageURL(
            .gem, name: name, version: version,
            qualifiers: [
                "platform": platform ?? "", "vcs_url": repository.isEmpty ? "" : "git+\(repository)",
            ])
        var package = Package(.gem, name, version, purl: purl, from: file)
        package.architecture = platform
        package.license = license
        add(package)
    }

    /// Reads an installed gem's specification, a Ruby program of assignments.
    init(gemspec file: InventoryFile) {
        var values: [Substring: Substring] = [:]
        for line in file.lines {
            guard let (variable, value) = line.split(at: UInt8(ascii: "=")),
                let (_, name) = variable.trimmed.split(atLast: UInt8(ascii: ".")), values[name] == nil
            else { continue }
            values[name] = value.trimmed
        }
        guard let name = values["name"]?.quoted, let version = Self.rubyVersion(values["version"]) else {
            note("it has no name or no version", in: file.path)
            return
        }
        let list = values["licenses"]?.dropping(prefix: "[") ?? values["license"] ?? ""
        let licenses = list.utf8.split(separator: UInt8(ascii: ",")).compactMap {
            Substring($0).trimmed.quoted?.oneLine
        }
        let platform = values["platform"]?.quoted?.oneLine
        add(
            gem: name.oneLine, version.oneLine, platform: platform == "ruby" ? nil : platform,
            license: licenses.isEmpty ? nil : licenses.joined(separator: " OR "), file)
    }

    /// `"1.2.3"`, or `Gem::Version.new("1.2.3")` as older RubyGems write it.
    private static func rubyVersion(_ value: Substring?) -> Substring? {
        guard let value else { return nil }
        return value.quoted ?? value.dropping(prefix: "Gem::Version.new(")?.trimmed.quoted
    }
}
