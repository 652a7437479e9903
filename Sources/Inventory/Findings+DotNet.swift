import OCI

extension Findings {
    /// Reads NuGet's `packages.lock.json`: for each framework its packages, the projects among them left out.
    init(nugetLock file: InventoryFile) {
        guard let document = file.json(&self)?.object else { return }
        guard let frameworks = document["dependencies"]?.object else {
            note("it has no dependencies", in: file.path)
            return
        }
        var seen: Set<String> = []
        for (_, packages) in frameworks.sorted(by: { $0.key < $1.key }) {
            for (name, entry) in (packages.object ?? [:]).sorted(by: { $0.key < $1.key }) {
                guard let entry = entry.object, entry["type"]?.string != "Project",
                    let version = entry["resolved"]?.string, seen.insert("\(name)/\(version)").inserted
                else { continue }
                add(Package(.nuget, name, version, from: file))
            }
        }
    }

    /// Reads the `*.deps.json` beside a published .NET program: libraries by `NAME/VERSION`.
    init(dotnetDependencies file: InventoryFile) {
        guard let document = file.json(&self)?.object else { return }
        guard let libraries = document["libraries"]?.object else {
            note("it has no libraries", in: file.path)
            return
        }
        for (key, entry) in libraries.sorted(by: { $0.key < $1.key }) {
            guard entry.object?["type"]?.string == "package" else { continue }
            guard let (name, version) = Substring(key).split(at: UInt8(ascii: "/")) else {
                note("an entry has no name or no version", in: file.path)
                continue
            }
            add(Package(.nuget, String(name), String(version), from: file))
        }
    }
}
