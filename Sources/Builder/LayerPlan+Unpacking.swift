import Archive

extension LayerPlan {
    /// Unpacks an archive's tree into a directory, as `ADD` does and `tar` would: files and directories take the place
    /// of what is there, and a directory that is there keeps what it holds.
    ///
    /// - Parameters:
    ///   - destination: is made where it is missing.
    ///   - owner: whom everything is to belong to; `nil` leaves it to the archive.
    mutating func unpack(
        _ tree: LayeredTree, to destination: String, owner: Attributes.Owner?
    ) throws(BuildError) {
        beginCopy()
        let place = try makeDirectory(destination, Attributes(owner: owner))
        try unpackChildren(of: tree.node(at: "") ?? .root, of: tree, to: place, owner)
    }

    private mutating func unpackChildren(
        of directory: FileNode, of tree: LayeredTree, to place: String, _ owner: Attributes.Owner?
    ) throws(BuildError) {
        for child in tree.children(of: directory) {
            var entry = child.entry
            entry.path = place.appending(component: child.name)
            entry.modified = min(entry.modified, epoch)
            if let owner { (entry.uid, entry.gid) = (owner.uid, owner.gid) }
            guard child.isDirectory else {
                let content: LayerEntry.Content = entry.kind == .file ? .file(tree, child) : .none
                try put(entry, content, hardLinkID: child.hardLinkID)
                continue
            }
            // A directory that the archive only implies leaves what is there alone, links too.
            if child.isImplied, self.entry(at: entry.path) != nil {
                entry.path = try makeDirectory(entry.path)
            } else {
                try put(entry)
            }
            try unpackChildren(of: child, of: tree, to: entry.path, owner)
        }
    }
}
