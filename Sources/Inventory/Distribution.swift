/// Which Linux distribution an image holds, as its `os-release` says.
package struct Distribution: Hashable, Sendable {
    /// `debian`, `alpine`, `fedora`, …: lower-case.
    package var id: String
    /// `12`, `3.18.4`; empty where there is none, as in Debian's unstable.
    package var versionID = ""
    /// For people: `Debian GNU/Linux 12 (bookworm)`.
    package var prettyName: String?

    /// Where the file may be; the first that is there counts.
    package static let paths = ["etc/os-release", "usr/lib/os-release"]

    package init(id: String, versionID: String = "") {
        self.id = id
        self.versionID = versionID
    }

    /// Reads an `os-release` file (os-release(5)): assignments as in a shell script.
    ///
    /// Returns `nil` when it names no distribution.
    package init?(parsing file: InventoryFile) {
        var values: [Substring: String] = [:]
        for line in file.lines {
            guard let (name, value) = line.trimmed.split(at: UInt8(ascii: "=")) else { continue }
            values[name] = value.trimmed.unquoted.oneLine
        }
        guard let id = values["ID"]?.lowercased(), !id.isEmpty else { return nil }
        self.id = id
        versionID = values["VERSION_ID"] ?? ""
        prettyName = values["PRETTY_NAME"]
    }

    /// What package URLs call whoever packs for it.
    var vendor: String {
        if id == "rhel" { return "redhat" }
        return id.hasPrefix("opensuse-") ? "opensuse" : id
    }

    /// What package URLs call it: `debian-12`.
    var qualifier: String { versionID.isEmpty ? id : "\(id)-\(versionID)" }
}
