import CLibgit2
import Foundation

extension Repository {
    /// Writes the `.git` of a clone that has one commit and none before it: `HEAD` is the commit, and the files of its tree
    /// are those of the index.
    ///
    /// The same commit and reference give the same bytes with the same libgit2: one thread makes the pack, the index
    /// knows no times, and there are no logs and no hooks. Modes are those that Git gives, whatever the umask.
    ///
    /// - Parameters:
    ///   - path: a directory that is not there yet.
    ///   - reference: a branch is written as the remote's, a tag as a tag.
    ///   - remote: the URL of `origin`.
    package func writeGitDirectory(
        at path: String, of reference: ResolvedReference, remote: RemoteURL
    ) throws(GitError) {
        let commit = try commit(reference.commit)
        let pack = "\(path)/objects/pack"
        for folder in [
            "", "/objects", "/objects/info", "/objects/pack", "/refs", "/refs/heads", "/refs/tags",
        ] {
            try Self.makeFolder(path + folder)
        }
        try writePack(of: commit.id, into: pack)
        try writeIndex(of: commit.tree, at: "\(path)/index")
        try Self.write("\(commit.id)\n", to: "\(path)/HEAD")
        try Self.write(Self.configuration(remote), to: "\(path)/config")
        if !commit.parents.isEmpty { try Self.write("\(commit.id)\n", to: "\(path)/shallow") }
        if let line = Self.packedReference(reference) { try Self.write(line, to: "\(path)/packed-refs") }
    }

    private func writePack(of commit: ObjectID, into folder: String) throws(GitError) {
        let operation = "pack the commit \(commit)"
        let builder = try Owned<PackBuilderObject>(operation) { git_packbuilder_new(&$0, pointer) }
        git_packbuilder_set_threads(builder.pointer, 1)
        var oid = commit.oid
        try git(operation) { git_packbuilder_insert_commit(builder.pointer, &oid) }
        try git(operation) { git_packbuilder_write(builder.pointer, folder, 0o444, nil, nil) }
        // libgit2 leaves the mode to the umask.
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: folder) } catch {
            throw GitError(.system, "list `\(folder)`", message: error.localizedDescription)
        }
        for name in names { try Self.setMode(0o444, of: "\(folder)/\(name)") }
    }

    private func writeIndex(of tree: ObjectID, at path: String) throws(GitError) {
        let operation = "write the index of the tree \(tree)"
        let object = try object(tree, GIT_OBJECT_TREE)
        let index = try Owned<IndexObject>(operation) { git_index_open(&$0, path) }
        try git(operation) { git_index_read_tree(index.pointer, object.pointer) }
        try git(operation) { git_index_write(index.pointer) }
        try Self.setMode(0o644, of: path)
    }

    private static func configuration(_ remote: RemoteURL) -> String {
        let quoted = remote.description.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return """
            [core]
            \trepositoryformatversion = 0
            \tfilemode = true
            \tbare = false
            \tlogallrefupdates = true
            [remote "origin"]
            \turl = "\(quoted)"
            \tfetch = +refs/heads/*:refs/remotes/origin/*

            """
    }

    private static func packedReference(_ reference: ResolvedReference) -> String? {
        let name: String
        switch reference.kind {
        case .branch: name = "refs/remotes/origin/\(reference.name)"
        case .tag: name = "refs/tags/\(reference.name)"
        case .other: name = reference.name
        case .commit: return nil
        }
        return "# pack-refs with: peeled fully-peeled sorted \n\(reference.commit) \(name)\n"
    }

    private static func makeFolder(_ path: String) throws(GitError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        } catch { throw GitError(.system, "make `\(path)`", message: error.localizedDescription) }
        try setMode(0o755, of: path)
    }

    private static func write(_ text: String, to path: String) throws(GitError) {
        do { try Data(text.utf8).write(to: URL(filePath: path)) } catch {
            throw GitError(.system, "write `\(path)`", message: error.localizedDescription)
        }
        try setMode(0o644, of: path)
    }

    private static func setMode(_ mode: Int, of path: String) throws(GitError) {
        do { try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path) } catch {
            throw GitError(.system, "set the mode of `\(path)`", message: error.localizedDescription)
        }
    }
}
