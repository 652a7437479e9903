extension Findings {
    /// Reads dpkg's database: `var/lib/dpkg/status`, or one of the files that images without dpkg have in `status.d`.
    init(dpkgStatus file: InventoryFile, of distribution: Distribution?) {
        let fields: Set<Substring> = ["package", "version", "architecture", "status", "maintainer", "source"]
        let paragraphs = Paragraphs(file.lines, keeping: fields)
        if paragraphs.damaged > 0 { note("\(paragraphs.damaged) lines are no fields", in: file.path) }
        for paragraph in paragraphs.all where Self.isInstalled(paragraph["status"]) {
            guard let name = paragraph["package"], let version = paragraph["version"] else {
                note("an entry has no name or no version", in: file.path)
                continue
            }
            let architecture = paragraph["architecture"].map(String.init)
            let purl = PackageURL(
                .deb, namespace: distribution?.vendor ?? "debian", name: String(name),
                version: String(version),
                qualifiers: ["arch": architecture ?? "", "distro": distribution?.qualifier ?? ""])
            var package = Package(.deb, String(name), String(version), purl: purl, from: file)
            package.architecture = architecture
            package.supplier = paragraph["maintainer"].flatMap { .init($0, isPerson: false) }
            package.sourcePackage = paragraph["source"].map { Self.source($0, version) }
            add(package)
        }
    }

    /// What was removed keeps an entry for as long as its configuration is there.
    private static func isInstalled(_ status: Substring?) -> Bool {
        guard let state = status?.words.last else { return true }
        return state != "config-files" && state != "not-installed"
    }

    /// `NAME`, or `NAME (VERSION)` where the source's version is another.
    private static func source(_ text: Substring, _ version: Substring) -> String {
        guard let (name, rest) = text.split(at: UInt8(ascii: "(")) else {
            return "\(text.oneLine) \(version)"
        }
        return "\(name.trimmed.oneLine) \(rest.split(at: UInt8(ascii: ")"))?.0 ?? rest)"
    }
}

/// The licenses that a Debian package's copyright file names, where it is machine-readable (DEP 5).
package enum DebianCopyright {
    /// Where a package's file is.
    package static func path(of package: String) -> String { "usr/share/doc/\(package)/copyright" }

    /// The names in order, each once, joined by `AND`; `nil` where the file has another form.
    ///
    /// Names are Debian's, of which SPDX spells the commonest alike.
    package static func license(in file: InventoryFile) -> String? {
        let lines = file.lines
        guard lines.first(where: { !$0.trimmed.isEmpty })?.lowercased().hasPrefix("format:") == true else {
            return nil
        }
        var names: [String] = []
        for paragraph in Paragraphs(lines, keeping: ["license"]).all {
            guard let name = paragraph["license"]?.lines.first.map({ spdx($0.trimmed.oneLine) }) else {
                continue
            }
            if !name.isEmpty, !names.contains(name) { names.append(name) }
        }
        guard !names.isEmpty else { return nil }
        if names.count == 1 { return names[0] }
        return names.map { $0.contains(" ") ? "(\($0))" : $0 }.joined(separator: " AND ")
    }

    private static func spdx(_ name: String) -> String {
        let names = [
            "expat": "MIT", "bsd-2-clause": "BSD-2-Clause", "bsd-3-clause": "BSD-3-Clause",
            "gpl-1": "GPL-1.0-only", "gpl-1+": "GPL-1.0-or-later", "gpl-2": "GPL-2.0-only",
            "gpl-2+": "GPL-2.0-or-later", "gpl-3": "GPL-3.0-only", "gpl-3+": "GPL-3.0-or-later",
            "lgpl-2": "LGPL-2.0-only", "lgpl-2+": "LGPL-2.0-or-later", "lgpl-2.1": "LGPL-2.1-only",
            "lgpl-2.1+": "LGPL-2.1-or-later", "lgpl-3": "LGPL-3.0-only", "lgpl-3+": "LGPL-3.0-or-later",
            "mpl-2": "MPL-2.0", "apache-2": "Apache-2.0", "artistic": "Artistic-1.0-Perl", "zlib": "Zlib",
            "isc": "ISC", "bsl-1": "BSL-1.0",
        ]
        var text = ""
        var joint = ""
        for word in Substring(name).words {
            if let known = ["and": " AND ", "or": " OR "][word] {
                joint = text.isEmpty ? "" : known
            } else {
                // Words that no operator joins are one name: `GPL-2+ with OpenSSL exception`.
                text += joint + (names[word.lowercased()] ?? String(word))
                joint = "-"
            }
        }
        return text
    }
}
