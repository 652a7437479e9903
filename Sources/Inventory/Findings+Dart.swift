extension Findings {
    /// Reads `pubspec.lock`: YAML as Dart's `pub` writes it, a package's name indented by two, its fields by four.
    init(pubspecLock file: InventoryFile) {
        var isInPackages = false
        var name: Substring?
        var fields: [Substring: Substring] = [:]
        for line in file.lines + ["end:"] where !line.trimmed.isEmpty {
            let (key, value) = line.trimmed.split(at: UInt8(ascii: ":")) ?? (line.trimmed, "")
            if line.indentation <= 2 {
                if let name { add(pub: name, fields, file) }
                (name, fields) = (nil, [:])
            }
            switch line.indentation {
            case 0: isInPackages = key == "packages"
            case 2 where isInPackages: name = key.unquoted
            case 4: fields[key] = value.trimmed.unquoted
            default: break
            }
        }
    }

    private mutating func add(pub name: Substring, _ fields: [Substring: Substring], _ file: InventoryFile) {
        guard fields["dependency"] != "direct dev", fields["source"] != "path", fields["source"] != "sdk"
        else {
            return
        }
        guard let version = fields["version"] else {
            return note("an entry has no version", in: file.path)
        }
        add(Package(.pub, String(name), String(version), from: file))
    }
}
