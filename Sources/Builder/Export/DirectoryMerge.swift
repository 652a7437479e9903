import Glibc

/// Moves files into a directory that may hold others, never through a link that is there. All calls block.
///
/// A directory that meets a directory becomes one with it; whatever else has the name of what comes makes room for it.
/// A directory that its owner may not write to is no hindrance: who owns it may change that, and does so for the time
/// that it takes.
enum DirectoryMerge {
    /// Both directories lie in one file system; what is moved is gone from where it was.
    ///
    /// - Parameter to: a directory; where it is a link to one, that is meant.
    ///
    /// Throws ``BuildError`` when the system refuses.
    static func move(_ from: String, into to: String) throws(BuildError) {
        let source = try OpenDirectory(at: from)
        try merge(source, into: try OpenDirectory(at: to))
    }

    /// Removes a directory with all that is in it; nothing where it is not there.
    static func discard(_ path: String) throws(BuildError) {
        let folder = path.parentPath.isEmpty ? (path.isAbsolute ? "/" : ".") : path.parentPath
        let parent = try OpenDirectory(at: folder)
        guard try parent.status(of: path.lastComponent) != nil else { return }
        try parent.remove(path.lastComponent)
    }

    private static func merge(
        _ source: borrowing OpenDirectory, into target: borrowing OpenDirectory
    ) throws(BuildError) {
        for name in try source.names() {
            let isDirectory = try source.status(of: name)?.isDirectory ?? false
            let old = try target.status(of: name)
            if isDirectory, old?.isDirectory == true {
                try join(try OpenDirectory(name, in: source), with: try OpenDirectory(name, in: target))
                continue
            }
            // The system puts no file in a directory's place, nor a directory in a file's.
            if let old, old.isDirectory != isDirectory { try target.remove(name) }
            try source.move(name, to: target)
        }
    }

    private static func join(
        _ source: borrowing OpenDirectory, with target: borrowing OpenDirectory
    ) throws(BuildError) {
        source.allowChanges()
        target.allowChanges()
        try merge(source, into: target)
        // The image says what a directory is like, too.
        try target.takeAttributes(of: source)
    }
}
