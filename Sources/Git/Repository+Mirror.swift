import CLibgit2
import Foundation
import Synchronization

extension Repository {
    /// Opens the bare mirror at `path`, or makes it.
    ///
    /// A mirror is made beside its place and then moved there, so a killed process leaves none half made.
    /// Only one process at a time may fetch into a mirror, as ``fetch(from:intoMirror:refspecs:patience:)`` sees to: lock
    /// files that are there at the first opening are a killed process's, and are removed. What is there and is no repository is removed too: a mirror can be fetched
    /// again.
    ///
    /// - Parameter url: where it will be fetched from; one on the same disk lends its objects to a new mirror.
    package convenience init(mirrorAt path: String, of url: RemoteURL) throws(GitError) {
        try Mirrors.prepare(path, of: url)
        try self.init(at: path)
    }
}

private enum Mirrors {
    /// The mirrors that this process has opened.
    private static let known = Mutex<Set<String>>([])

    static func prepare(_ path: String, of url: RemoteURL) throws(GitError) {
        let result = known.withLock { known in
            Result { () throws(GitError) in
                if !FileManager.default.fileExists(atPath: path + "/HEAD") { try make(at: path, of: url) }
                if known.insert(path).inserted { try removeLeftovers(in: path) }
            }
        }
        try result.get()
    }

    private static func make(at path: String, of url: RemoteURL) throws(GitError) {
        let beside = "\(path).new-\(UInt64.random(in: 0...UInt64.max))"
        // A directory that is not moved away is rubbish; there is nobody to tell if it stays.
        defer { try? FileManager.default.removeItem(atPath: beside) }
        try initialize(beside, for: path)
        // A path where there is no repository is the fetch's to tell.
        if let source = url.localPath, let source = try? Repository(at: source),
            !MirrorSeed(source: source).fill(beside)
        {
            // What cannot be removed makes the next step fail, with its reason.
            try? FileManager.default.removeItem(atPath: beside)
            try initialize(beside, for: path)
        }
        do {
            if FileManager.default.fileExists(atPath: path) {
                try FileManager.default.removeItem(atPath: path)
            }
            try FileManager.default.moveItem(atPath: beside, toPath: path)
        } catch {
            throw GitError(.system, "make the mirror `\(path)`", message: error.localizedDescription)
        }
    }

    private static func initialize(_ beside: String, for path: String) throws(GitError) {
        var options = git_repository_init_options()
        git_repository_init_options_init(&options, UInt32(GIT_REPOSITORY_INIT_OPTIONS_VERSION))
        options.flags = GIT_REPOSITORY_INIT_BARE.rawValue | GIT_REPOSITORY_INIT_MKPATH.rawValue
        _ = try Owned<RepositoryObject>("make the mirror `\(path)`") {
            git_repository_init_ext(&$0, beside, &options)
        }
    }

    /// Removes the lock files and unfinished packs of a process that was killed.
    private static func removeLeftovers(in path: String) throws(GitError) {
        let files = FileManager.default.enumerator(atPath: path)
        while let file = files?.nextObject() as? String {
            let name = file.split(separator: "/").last ?? ""
            // A branch's name never ends in `.lock`: git-check-ref-format(1).
            guard name.hasSuffix(".lock") || name.hasPrefix("pack_git2_") else { continue }
            do { try FileManager.default.removeItem(atPath: path + "/" + file) } catch {
                throw GitError(
                    .system, "clear the mirror `\(path)`", message: error.localizedDescription)
            }
        }
    }
}
