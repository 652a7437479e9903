extension Findings {
    /// Reads `pnpm-lock.yaml`, versions 5 to 9: the keys of its `packages`, and whether they are for development only.
    init(pnpmLock file: InventoryFile) {
        var isInPackages = false
        var pending: (name: Substring, version: Substring)?
        for line in file.lines where !line.trimmed.isEmpty {
            switch line.indentation {
            case 0:
                add(pnpm: pending.take(), file)
                isInPackages = line.trimmed == "packages:"
            case 2 where isInPackages:
                add(pnpm: pending.take(), file)
                pending = Self.pnpm(key: line.trimmed)
                if pending == nil { note("an entry has no name or no version", in: file.path) }
            case 4 where line.trimmed == "dev: true": pending = nil
            default: break
            }
        }
        add(pnpm: pending, file)
    }

    private mutating func add(pnpm entry: (name: Substring, version: Substring)?, _ file: InventoryFile) {
        guard let (name, version) = entry else { return }
        // A folder or an archive beside the project has its path for a version.
        guard !version.utf8.contains(UInt8(ascii: ":")) else { return }
        add(Package(.npm, String(name), String(version), from: file))
    }

    /// `/name/1.0.0_peers:`, `/name@1.0.0(peers):` or `name@1.0.0(peers):`, with quotes where there is a scope.
    private static func pnpm(key line: Substring) -> (name: Substring, version: Substring)? {
        var key = (line.split(atLast: UInt8(ascii: ":"))?.0 ?? line).trimmed.unquoted
        // Who its peers are may have names and versions in it, too.
        key = key.split(at: UInt8(ascii: "("))?.0 ?? key
        let isSlashed = key.utf8.first == UInt8(ascii: "/")
        let text = isSlashed ? key.dropFirst() : key
        let isScoped = text.utf8.first == UInt8(ascii: "@")
        if let (name, version) = (isScoped ? text.dropFirst() : text).split(at: UInt8(ascii: "@")) {
            let slashes = name.utf8.count { $0 == UInt8(ascii: "/") }
            // With one more, version 5's slash stood before the version, and this `@` is in a peer.
            if slashes == (isScoped ? 1 : 0), !name.isEmpty { return (isScoped ? "@" + name : name, version) }
        }
        guard isSlashed, let (name, rest) = text.split(atLast: UInt8(ascii: "/")), !name.isEmpty else {
            return nil
        }
        let version = rest.split(at: UInt8(ascii: "_"))?.0 ?? rest
        return (name, version)
    }
}
