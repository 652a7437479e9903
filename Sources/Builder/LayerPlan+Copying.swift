import Archive

/// What `COPY` and `ADD` copy, every variable replaced.
struct CopyRequest: Sendable {
    /// Paths or patterns in the source tree.
    var sources: [String]
    /// As it is written, made absolute; a slash at its end says that it is a directory.
    var destination: String
    var attributes = Attributes()
    /// Whether owners and times are the source's own: those of an image are, those of a context mean nothing.
    var keepsMetadata = false
}

extension LayerPlan {
    /// Copies from a tree as BuildKit does: the contents of directories, files under their own name into a directory.
    ///
    /// Throws ``BuildError`` when a source is not there, or the destination is of the wrong kind.
    mutating func copy(_ request: CopyRequest, from tree: any FileTree) throws {
        let isIntoDirectory = request.destination.hasSuffix("/")
        guard request.sources.count == 1 || isIntoDirectory else {
            throw BuildError(
                "`\(request.destination)` is to take \(request.sources.count) sources, and is not a directory",
                hint: "end it with a slash")
        }
        if isIntoDirectory { try makeDirectory(request.destination, request.attributes) }
        let finder = SourceFinder(tree: tree)
        for source in request.sources {
            for found in try finder.find(source) {
                try copyTop(found, request, from: tree)
            }
        }
    }

    private mutating func copyTop(
        _ found: SourceFinder.Found, _ request: CopyRequest, from tree: any FileTree
    ) throws {
        var place = try resolve(request.destination)
        let existing = entry(at: place)
        if found.node.isDirectory {
            if let existing, existing.kind != .directory {
                throw BuildError(
                    "`/\(place)` is not a directory in the image, and cannot take one's contents")
            }
            if existing == nil {
                try makeDirectory(place.parentPath, request.attributes)
                putCopy(of: found.node, at: place, request, from: tree)
            }
            return try copyChildren(of: found.node, to: place, request, from: tree)
        }
        if existing?.kind == .directory {
            place = try resolve(place.appending(component: found.name), followsLast: false)
        }
        if entry(at: place)?.kind == .directory {
            throw BuildError("`/\(place)` is a directory in the image, and cannot become a file")
        }
        try makeDirectory(place.parentPath, request.attributes)
        putCopy(of: found.node, at: place, request, from: tree)
    }

    private mutating func copyChildren(
        of directory: FileNode, to place: String, _ request: CopyRequest, from tree: any FileTree
    ) throws {
        for child in try tree.children(of: directory) {
            let target = place.appending(component: child.name)
            let existing = entry(at: target)
            if child.isDirectory {
                if let existing, existing.kind != .directory {
                    throw BuildError(
                        "`/\(target)` is not a directory in the image, and cannot take one's contents")
                }
                putCopy(of: child, at: target, request, from: tree)
                try copyChildren(of: child, to: target, request, from: tree)
            } else {
                guard existing?.kind != .directory else {
                    throw BuildError("`/\(target)` is a directory in the image, and cannot become a file")
                }
                putCopy(of: child, at: target, request, from: tree)
            }
        }
    }

    private mutating func putCopy(
        of node: FileNode, at place: String, _ request: CopyRequest, from tree: any FileTree
    ) {
        var entry = node.entry
        entry.path = place
        entry.modified = request.keepsMetadata ? min(entry.modified, epoch) : epoch
        if !request.keepsMetadata { (entry.uid, entry.gid) = (0, 0) }
        if let owner = request.attributes.owner { (entry.uid, entry.gid) = (owner.uid, owner.gid) }
        if entry.kind == .symbolicLink {
            entry.mode = 0o777
        } else if let mode = request.attributes.mode {
            entry.mode = mode
        }
        put(entry, entry.kind == .file ? .file(tree, node) : .none)
    }
}
