/// What files of an image told of its packages, and what they did not tell.
package struct Findings: Hashable, Sendable {
    package var packages: [Package] = []
    /// What could not be read, a sentence each, with the path.
    package var notes: [String] = []

    package init() {}

    package mutating func append(_ other: Findings) {
        packages += other.packages
        notes += other.notes
    }

    /// Notes what is wrong with a file, as the end of a sentence that begins with its path.
    package mutating func note(_ what: String, in path: String) {
        let note = "`\(path)`: \(what)"
        // A file that is damaged throughout would say the same of each line.
        if !notes.suffix(4).contains(note) { notes.append(note) }
    }

    /// Adds a package, unless it has no name: what is damaged or made up is noted, and the rest still counts.
    mutating func add(_ package: Package) {
        guard !package.name.isEmpty else { return note("an entry has no name", in: package.sourcePath) }
        packages.append(package)
    }
}
