import OCI

extension Findings {
    /// Reads `composer.lock`, and `vendor/composer/installed.json` of Composer 1 and 2; what is for development only is
    /// left out.
    init(composer file: InventoryFile) {
        guard let document = file.json(&self) else { return }
        guard let entries = document.array ?? document.object?["packages"]?.array else {
            note("it has no packages", in: file.path)
            return
        }
        let development = Set(
            (document.object?["dev-package-names"]?.array ?? []).compactMap(\.string))
        for entry in entries {
            guard let entry = entry.object, let name = entry["name"]?.string,
                let version = entry["version"]?.string
            else {
                note("an entry has no name or no version", in: file.path)
                continue
            }
            guard !development.contains(name) else { continue }
            var package = Package(.composer, name, version, from: file)
            let licenses = (entry["license"]?.array ?? []).compactMap(\.string)
            package.license = licenses.isEmpty ? nil : licenses.joined(separator: " OR ")
            add(package)
        }
    }
}
