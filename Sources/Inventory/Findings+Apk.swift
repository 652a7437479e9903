extension Findings {
    /// Reads apk's database, `lib/apk/db/installed`: lines of one letter, a colon and a value; an empty line ends a
    /// package.
    init(apkInstalled file: InventoryFile, of distribution: Distribution?) {
        var fields: [Substring: Substring] = [:]
        for line in file.lines + [""] {
            guard !line.isEmpty else {
                if !fields.isEmpty { add(apk: fields, file, distribution) }
                fields = [:]
                continue
            }
            guard let (letter, value) = line.split(at: UInt8(ascii: ":")) else {
                note("a line is no field", in: file.path)
                continue
            }
            // Files follow, each with fields of its own, none of which is wanted here.
            if "PVALom".utf8.contains(letter.utf8.first ?? 0) { fields[letter] = value }
        }
    }

    private mutating func add(
        apk fields: [Substring: Substring], _ file: InventoryFile, _ distribution: Distribution?
    ) {
        guard let name = fields["P"], let version = fields["V"] else {
            return note("an entry has no name or no version", in: file.path)
        }
        let architecture = fields["A"].map(String.init)
        let purl = PackageURL(
            .apk, namespace: distribution?.vendor ?? "alpine", name: String(name), version: String(version),
            qualifiers: ["arch": architecture ?? "", "distro": distribution?.qualifier ?? ""])
        var package = Package(.apk, String(name), String(version), purl: purl, from: file)
        package.architecture = architecture
        package.license = fields["L"]?.trimmed.oneLine
        package.supplier = fields["m"].flatMap { .init($0, isPerson: true) }
        if let origin = fields["o"], origin != name { package.sourcePackage = "\(origin.oneLine) \(version)" }
        add(package)
    }
}
