/// The `[[package]]` tables of a lock file in TOML, as Cargo, Poetry, uv and PDM write them: one key a line.
///
/// Only keys with texts are read, and `source` whatever its value; tables inside a package's are passed over.
struct LockTables {
    /// Each package's values by key; one that is no text stands as it was written.
    private(set) var packages: [[Substring: Substring]] = []

    init(_ lines: some Sequence<Substring>) {
        var isInPackage = false
        for line in lines {
            let line = line.trimmed
            if line.utf8.first == UInt8(ascii: "[") {
                // An array's line may begin so, too; it can be no header, and what follows it is no key.
                guard line.utf8.last == UInt8(ascii: "]") else { continue }
                isInPackage = line == "[[package]]"
                if isInPackage { packages.append([:]) }
            } else if isInPackage, let (key, value) = line.split(at: UInt8(ascii: "=")) {
                read(key.trimmed, value.trimmed)
            }
        }
    }

    private mutating func read(_ key: Substring, _ value: Substring) {
        guard ["name", "version", "source", "category"].contains(key), let last = packages.indices.last,
            packages[last][key] == nil
        else { return }
        packages[last][key] = value.unquoted
    }
}

extension Findings {
    /// Reads `Cargo.lock`; crates without a source are the project's own, and left out.
    init(cargoLock file: InventoryFile) {
        for entry in LockTables(file.lines).packages {
            guard let name = entry["name"], let version = entry["version"] else {
                note("an entry has no name or no version", in: file.path)
                continue
            }
            guard let source = entry["source"] else { continue }
            let repository = source.hasPrefix("git+") ? String(source) : ""
            let purl = PackageURL(
                .cargo, name: String(name), version: String(version), qualifiers: ["vcs_url": repository])
            add(Package(.cargo, String(name), String(version), purl: purl, from: file))
        }
    }

    /// Reads `poetry.lock`, `uv.lock` and `pdm.lock`; what is for development only is left out where they say so.
    init(pythonLock file: InventoryFile) {
        for entry in LockTables(file.lines).packages {
            let source = entry["source"] ?? ""
            let isLocal = ["editable", "virtual", "directory", "path"].contains { key in
                source.dropping(prefix: "{")?.trimmed.hasPrefix(key) == true
            }
            guard !isLocal, entry["category"] != "dev" else { continue }
            guard let name = entry["name"], let version = entry["version"] else {
                note("an entry has no name or no version", in: file.path)
                continue
            }
            add(Package(.pypi, String(name), String(version), from: file))
        }
    }
}
