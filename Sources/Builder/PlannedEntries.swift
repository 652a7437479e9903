import Archive

/// The entries of a layer that is being planned, by path, in the order in which they came.
///
/// Most are never asked for again: they get into the table of paths only when somebody asks for one.
struct PlannedEntries: Sendable {
    struct Planned: Sendable {
        var layerEntry: LayerEntry
        /// What the names of one file have in common.
        var link: Link?
    }

    /// A file with several names; those of one copy stay together, as with BuildKit.
    struct Link: Hashable, Sendable {
        var copy: Int
        var id: String
    }

    /// One that was removed leaves a hole.
    private(set) var values: [Planned?] = []
    private var places: [PathKey: Int] = [:]
    /// How many of the values the table of paths knows.
    private var known = 0

    /// Adds an entry at a path at which there is none.
    mutating func append(_ planned: Planned) { values.append(planned) }

    /// The entry at a path, to be looked at or replaced by its place.
    mutating func place(of path: String) -> Int? {
        if known < values.count { learn() }
        return places[PathKey(path)]
    }

    /// Puts an entry at its path, over what may be there.
    mutating func put(_ planned: Planned) {
        if let place = place(of: planned.layerEntry.entry.path) {
            values[place] = planned
        } else {
            append(planned)
        }
    }

    /// Removes all that is in a directory, but not the directory.
    mutating func removeContents(of directory: String) {
        let inside = Array((directory + "/").utf8)
        for place in values.indices {
            guard let path = values[place]?.layerEntry.entry.path, path.utf8.starts(with: inside) else {
                continue
            }
            if place < known { places[PathKey(path)] = nil }
            values[place] = nil
        }
    }

    private mutating func learn() {
        places.reserveCapacity(values.count)
        for place in known..<values.count {
            if let planned = values[place] { places[PathKey(planned.layerEntry.entry.path)] = place }
        }
        known = values.count
    }

    /// The places of all values, sorted by the bytes of their paths.
    var sortedPlaces: [Int] {
        // Entries are large: their paths are what is moved about. They come nearly sorted, and are soon sorted.
        var paths: [(text: String, place: Int)] = []
        paths.reserveCapacity(values.count)
        for place in values.indices {
            if let text = values[place]?.layerEntry.entry.path { paths.append((text, place)) }
        }
        paths.sort { $0.text.precedes($1.text) }
        return paths.map(\.place)
    }
}
