extension Findings {
    /// Reads `mix.lock`, an Elixir map: a line for each package, of which those from Hex have a version.
    init(mixLock file: InventoryFile) {
        for line in file.lines {
            let line = line.trimmed
            // `"alias": {:hex, :name, "1.2.3", "checksum", …`
            guard let (_, value) = line.quoted.flatMap({ _ in line.split(at: UInt8(ascii: "{")) }),
                let fields = value.dropping(prefix: ":hex,")
            else { continue }
            guard let (name, rest) = fields.trimmed.dropping(prefix: ":")?.split(at: UInt8(ascii: ",")),
                let version = rest.trimmed.quoted
            else {
                note("an entry has no name or no version", in: file.path)
                continue
            }
            // A name that is no plain word stands in quotes.
            add(Package(.hex, name.trimmed.unquoted.oneLine, String(version), from: file))
        }
    }
}
