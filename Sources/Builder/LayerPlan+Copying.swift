import Archive
import Dockerfile

extension LayerPlan {
    /// Copies from a tree as BuildKit does: the contents of directories, files under their own name into a directory.
    ///
    /// Throws ``DockerfileError`` at a source that is not there, and ``BuildError`` when the destination is of the wrong
    /// kind.
    mutating func copy(_ request: CopyRequest, from tree: any FileTree) throws {
        let finder = SourceFinder(tree: tree)
        for source in request.sources {
            if request.keepsParents {
                try copyKeepingParents(source, request, from: tree)
            } else {
                for found in try finder.find(source) { try copy(found, request, from: tree) }
            }
        }
    }

    private mutating func copyKeepingParents(
        _ source: Word, _ request: CopyRequest, from tree: any FileTree
    ) throws {
        let finder = SourceFinder(tree: tree)
        let parts = ParentsSource(source.text)
        if let path = parts.requiredPath { _ = try finder.find(Word(path, source.range)) }
        // A source that is all of the tree leaves nothing to select.
        let includes =
            parts.pattern.isEmpty ? nil : try IgnoreFile(excluding: [Word(parts.pattern, source.range)])
        let selection = CopySelection(excludes: request.excludes, includes: includes)
        for found in try finder.find(Word(parts.pivot, source.range)) {
            try copy(found, request, from: tree, selection: selection)
        }
    }

    /// Copies one thing that a source means.
    ///
    /// - Parameter selection: which of a directory's files; `nil` is all but those that the request excludes.
    mutating func copy(
        _ found: SourceFinder.Found, _ request: CopyRequest, from tree: any FileTree,
        selection: CopySelection? = nil
    ) throws {
        beginCopy()
        if !request.keepsMetadata { time = min(epoch, try tree.changeTime(of: found.node)) }
        let copier = TreeCopier(
            tree: tree, request: request,
            selection: selection ?? CopySelection(excludes: request.excludes))
        guard found.node.isDirectory else {
            let place = try place(for: found.name, at: request.destination, request.attributes)
            return try copier.copyFile(found.node, to: place, into: &self)
        }
        if request.destination.hasTrailingSlash {
            try makeDirectory(request.destination, request.attributes)
        }
        let place = try resolve(request.destination)
        let existing = entry(at: place)
        if let existing, existing.kind != .directory { throw Self.isNoDirectory(place) }
        try makeDirectory(place, request.attributes)
        try copier.copyChildren(of: found.node, to: place, isNew: existing == nil, into: &self)
    }

    /// Where a file goes: under its own name into a directory, else to the destination itself. The directories above
    /// are made.
    ///
    /// Throws ``BuildError`` when a directory is there already.
    mutating func place(
        for name: String, at destination: String, _ attributes: Attributes
    ) throws(BuildError) -> String {
        if destination.hasTrailingSlash { try makeDirectory(destination, attributes) }
        var place = try resolve(destination)
        if entry(at: place)?.kind == .directory {
            place = try resolve(place.appending(component: name), followsLast: false)
        }
        try makeDirectory(place.parentPath, attributes)
        try refuseDirectory(at: place)
        return place
    }

    /// Throws ``BuildError`` where a directory is: it cannot become a file.
    fileprivate mutating func refuseDirectory(at place: String) throws(BuildError) {
        guard entry(at: place)?.kind != .directory else {
            throw BuildError("`/\(place)` is a directory in the image, and cannot become a file")
        }
    }

    fileprivate static func isNoDirectory(_ place: String) -> BuildError {
        BuildError("`/\(place)` is not a directory in the image, and cannot take one's contents")
    }
}

/// Copies what a directory holds into a layer.
private struct TreeCopier {
    let tree: any FileTree
    let request: CopyRequest
    let selection: CopySelection

    /// A directory whose contents are copied.
    private struct Level {
        var node: FileNode
        var place: String
        /// Its path below the one that is copied.
        var path = ""
        /// It is made only when something in it is copied.
        var isMade = true
        /// Whether nothing was at its place, and so nothing is below it.
        var isNew: Bool
    }

    /// - Parameter isNew: whether nothing was at the place before the copy.
    func copyChildren(
        of directory: FileNode, to place: String, isNew: Bool, into plan: inout LayerPlan
    ) throws {
        var levels = [Level(node: directory, place: place, isNew: isNew)]
        let lister = tree.isListedAhead ? DirectoryLister(tree) : nil
        defer { lister?.stop() }
        try copyChildren(of: levels[0], &levels, lister, into: &plan)
    }

    private func copyChildren(
        of level: Level, _ levels: inout [Level], _ lister: DirectoryLister?, into plan: inout LayerPlan
    ) throws {
        let children = try lister?.children(of: level.node) ?? tree.children(of: level.node)
        if let lister, selection.isAll { lister.expect(children.filter(\.isDirectory)) }
        for child in children {
            let name = child.name
            let path = level.path.appending(component: name)
            let target = level.place.appending(component: name)
            let isSelected = selection.contains(path)
            if isSelected { try make(&levels, in: &plan) }
            guard child.isDirectory else {
                if isSelected { try copyFile(child, to: target, isNew: level.isNew, into: &plan) }
                continue
            }
            let isNew = level.isNew || plan.entry(at: target) == nil
            if isSelected { try copyDirectory(child, to: target, isNew: isNew, into: &plan) }
            guard isSelected || selection.reaches(below: path) else { continue }
            levels.append(
                Level(node: child, place: target, path: path, isMade: isSelected, isNew: isNew))
            try copyChildren(of: levels[levels.count - 1], &levels, lister, into: &plan)
            levels.removeLast()
        }
    }

    private func make(_ levels: inout [Level], in plan: inout LayerPlan) throws {
        for index in levels.indices where !levels[index].isMade {
            let (node, place) = (levels[index].node, levels[index].place)
            if var existing = plan.entry(at: place), existing.kind == .directory {
                // As BuildKit has it: the owner of what is there stays.
                existing.mode = node.entry.mode
                try plan.put(existing)
            } else {
                try copyDirectory(node, to: place, isNew: false, into: &plan)
            }
            levels[index].isMade = true
        }
    }

    private func copyDirectory(
        _ node: FileNode, to place: String, isNew: Bool, into plan: inout LayerPlan
    ) throws {
        if isNew { return try plan.putNew(copied(node, to: place, in: plan)) }
        if let existing = plan.entry(at: place), existing.kind != .directory {
            throw LayerPlan.isNoDirectory(place)
        }
        try plan.put(copied(node, to: place, in: plan))
    }

    /// Copies anything but a directory.
    ///
    /// - Parameter isNew: whether it is known that nothing is at the place.
    func copyFile(
        _ node: FileNode, to place: String, isNew: Bool = false, into plan: inout LayerPlan
    ) throws {
        if !isNew { try plan.refuseDirectory(at: place) }
        let entry = copied(node, to: place, in: plan)
        let content: LayerEntry.Content = entry.kind == .file ? .file(tree, node) : .none
        if isNew {
            try plan.putNew(entry, content, hardLinkID: node.hardLinkID)
        } else {
            try plan.put(entry, content, hardLinkID: node.hardLinkID)
        }
    }

    private func copied(_ node: FileNode, to place: String, in plan: LayerPlan) -> TarEntry {
        var entry = node.entry
        entry.path = place
        entry.modified = request.keepsMetadata ? min(entry.modified, plan.epoch) : plan.time
        if !request.keepsMetadata { (entry.uid, entry.gid) = (0, 0) }
        if let owner = request.attributes.owner { (entry.uid, entry.gid) = (owner.uid, owner.gid) }
        if entry.kind == .symbolicLink {
            entry.mode = 0o777
        } else if let mode = request.attributes.mode {
            entry.mode = mode.applied(to: entry.mode, isDirectory: node.isDirectory)
        }
        return entry
    }
}
