extension Findings {
    /// Reads `go.mod`: the modules that it requires, as its replacements leave them.
    init(goMod file: InventoryFile) {
        var reader = GoModReader()
        for line in file.lines { reader.read(line) }
        for required in reader.required {
            let replacement =
                reader.replaced["\(required.path)@\(required.version)"] ?? reader.replaced[required.path]
            // A folder takes the module's place: it is of the project.
            if let replacement, replacement.version.isEmpty { continue }
            add(go: replacement ?? required, file)
        }
        if reader.required.isEmpty, !reader.hasModule { note("it names no module", in: file.path) }
    }

    /// Reads `go.sum`, which has more versions than are used: for where there is no `go.mod`.
    init(goSum file: InventoryFile) {
        var seen: Set<Substring> = []
        for line in file.lines where !line.trimmed.isEmpty {
            let words = line.words
            guard words.count == 3 else {
                note("a line has not three words", in: file.path)
                continue
            }
            // The hash of a `go.mod` alone is no sign that the module is used.
            guard !words[1].hasSuffix("/go.mod"), seen.insert("\(words[0]) \(words[1])"[...]).inserted else {
                continue
            }
            add(go: GoModule(path: String(words[0]), version: String(words[1])), file)
        }
    }

    mutating func add(go module: GoModule, _ file: InventoryFile) {
        add(Package(.golang, module.path, module.version, from: file))
    }
}

/// A Go module's path and version.
struct GoModule: Hashable {
    var path: String
    var version: String
}

/// Reads the lines of a `go.mod`: directives, alone or in parentheses.
private struct GoModReader {
    private(set) var required: [GoModule] = []
    /// By `PATH` or `PATH@VERSION`.
    private(set) var replaced: [String: GoModule] = [:]
    private(set) var hasModule = false
    private var block: Substring?

    mutating func read(_ line: Substring) {
        var words = Self.withoutComment(line).words.map(\.unquoted)
        guard let first = words.first else { return }
        if first == ")" {
            block = nil
            return
        }
        if block == nil {
            words.removeFirst()
            if words.last == "(" {
                block = first
                return
            }
        }
        read(block ?? first, words)
    }

    private mutating func read(_ directive: Substring, _ words: [Substring]) {
        switch directive {
        case "module": hasModule = true
        case "require" where words.count >= 2:
            required.append(GoModule(path: String(words[0]), version: String(words[1])))
        case "replace":
            guard let arrow = words.firstIndex(of: "=>"), arrow > 0, arrow + 1 < words.count else { return }
            let key = words[..<arrow].joined(separator: "@")
            let version = arrow + 2 < words.count ? String(words[arrow + 2]) : ""
            replaced[key] = GoModule(path: String(words[arrow + 1]), version: version)
        default: break
        }
    }

    private static func withoutComment(_ line: Substring) -> Substring {
        var end = line.utf8.startIndex
        while let slash = line.utf8[end...].firstIndex(of: UInt8(ascii: "/")) {
            if line[slash...].hasPrefix("//") { return line[..<slash] }
            end = line.utf8.index(after: slash)
        }
        return line
    }
}
