extension Findings {
    /// Reads `yarn.lock`, of Yarn 1 (its own format) and of later ones (YAML): a line that names what was asked for,
    /// then its fields, indented by two.
    init(yarnLock file: InventoryFile) {
        var entry = YarnEntry()
        for line in file.lines where line.utf8.first != UInt8(ascii: "#") {
            if line.indentation == 0, !line.trimmed.isEmpty {
                add(entry, file)
                entry = YarnEntry(key: line)
            } else if line.indentation == 2 {
                entry.read(line.trimmed)
            }
        }
        add(entry, file)
    }

    private mutating func add(_ entry: YarnEntry, _ file: InventoryFile) {
        guard let key = entry.key, key != "__metadata" else { return }
        guard let name = entry.name, let version = entry.version else {
            return note("an entry has no name or no version", in: file.path)
        }
        // The project itself, and what lies beside it.
        let isLocal = ["workspace:", "link:", "portal:", "file:"].contains { entry.range.hasPrefix($0) }
        if !isLocal { add(Package(.npm, String(name), String(version), from: file)) }
    }
}

/// One entry of a `yarn.lock`.
private struct YarnEntry {
    /// `"@babel/core@^7.0.0", "@babel/core@^7.1.0"`, or `"@babel/core@npm:^7.0.0, …"`.
    private(set) var key: Substring?
    private(set) var version: Substring?
    /// What resolved it, in later formats: `@babel/core@npm:7.1.0`.
    private var resolution: Substring?

    init() {}

    init(key line: Substring) { key = (line.split(atLast: UInt8(ascii: ":"))?.0 ?? line).trimmed.unquoted }

    mutating func read(_ field: Substring) {
        if let value = field.dropping(prefix: "version") {
            version = (value.dropping(prefix: ":") ?? value).trimmed.unquoted
        } else if let value = field.dropping(prefix: "resolution:") {
            resolution = value.trimmed.unquoted
        }
    }

    /// The first of what was asked for, split where its range begins: a scope's `@` is no such place.
    private var parts: (Substring, Substring)? {
        let text = resolution ?? key?.split(at: UInt8(ascii: ","))?.0.trimmed.unquoted ?? key ?? ""
        let start = text.utf8.index(text.utf8.startIndex, offsetBy: text.isEmpty ? 0 : 1)
        guard let at = text.utf8[start...].firstIndex(of: UInt8(ascii: "@")) else { return nil }
        return (text[..<at], text[text.utf8.index(after: at)...])
    }

    var range: Substring { parts?.1 ?? "" }

    var name: Substring? {
        guard let (name, range) = parts else { return nil }
        // `alias@npm:name@range` asks for another package under a name of one's own.
        guard resolution == nil, let target = range.dropping(prefix: "npm:"),
            let (other, _) = target.split(atLast: UInt8(ascii: "@")), !other.isEmpty
        else { return name }
        return other
    }
}
