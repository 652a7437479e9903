import CLibgit2
import Spelling

extension Repository {
    /// What a walk does after an entry.
    package enum WalkStep: Sendable {
        /// Goes on; into the folder, if the entry is one.
        case enter
        /// Goes on behind the folder.
        case skip
        case stop
    }

    /// The tree of a commit, or of a folder in it.
    ///
    /// The id tells whether anything under the folder changed. Throws ``GitError`` with
    /// ``GitError/Reason/notFound``, or ``GitError/Reason/wrongKind`` where the path is no folder.
    package func tree(of commit: ObjectID, at folder: String? = nil) throws(GitError) -> ObjectID {
        let root = ObjectID(git_commit_tree_id(try object(commit, GIT_OBJECT_COMMIT).pointer).pointee)
        let path = try Self.path(folder ?? "")
        guard !path.isEmpty else { return root }
        let operation = "find the folder `\(path)` in commit \(commit.short)"
        guard let entry = try entry(at: path, in: root) else {
            throw GitError(
                .notFound, operation, message: "it is not there", hint: try nearestFolder(to: path, in: root))
        }
        guard entry.kind == .folder else {
            throw GitError(.wrongKind, operation, message: "it is a \(entry.kind.rawValue)")
        }
        return entry.id
    }

    /// What is at a path under a tree; `nil` where nothing is.
    package func entry(at path: String, in tree: ObjectID) throws(GitError) -> TreeEntry? {
        let path = try Self.path(path)
        guard !path.isEmpty else { return TreeEntry(path: "", kind: .folder, id: tree) }
        let object = try object(tree, GIT_OBJECT_TREE)
        do throws(GitError) {
            let found = try Owned<TreeEntryObject>("find `\(path)` in tree \(tree.short)") {
                git_tree_entry_bypath(&$0, object.pointer, path)
            }
            return Self.entry(found.pointer, path: path)
        } catch  where error.reason == .notFound {
            return nil
        }
    }

    /// A tree's own entries, sorted by the bytes of their names.
    package func entries(of tree: ObjectID) throws(GitError) -> [TreeEntry] {
        try entries(of: tree, under: "")
    }

    /// Visits all that is under a tree: a folder before what is in it, each folder sorted by the bytes of its
    /// names.
    package func walk(_ tree: ObjectID, _ visit: (TreeEntry) throws -> WalkStep) throws {
        // What is still to be visited, the next one last: no depth of a tree uses up the thread's stack.
        var pending = Array(try entries(of: tree).reversed())
        while let entry = pending.popLast() {
            switch try visit(entry) {
            case .stop: return
            case .enter where entry.kind == .folder:
                pending += try entries(of: entry.id, under: entry.path + "/").reversed()
            case .enter, .skip: continue
            }
        }
    }

    private func entries(of tree: ObjectID, under prefix: String) throws(GitError) -> [TreeEntry] {
        let object = try object(tree, GIT_OBJECT_TREE)
        var entries: [TreeEntry] = []
        for index in 0..<git_tree_entrycount(object.pointer) {
            guard let pointer = git_tree_entry_byindex(object.pointer, index),
                let name = String(validatingCString: git_tree_entry_name(pointer))
            else {
                throw GitError(
                    .malformed, "read the tree \(tree)", message: "it has a name that is not UTF-8 in it")
            }
            entries.append(Self.entry(pointer, path: prefix + name))
        }
        // Git sorts a folder as if its name ended in a slash.
        return entries.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    private static func entry(_ pointer: OpaquePointer, path: String) -> TreeEntry {
        let kind: TreeEntry.Kind =
            switch git_tree_entry_filemode(pointer) {
            case GIT_FILEMODE_BLOB_EXECUTABLE: .executable
            case GIT_FILEMODE_LINK: .symlink
            case GIT_FILEMODE_TREE: .folder
            case GIT_FILEMODE_COMMIT: .submodule
            default: .file
            }
        return TreeEntry(path: path, kind: kind, id: ObjectID(git_tree_entry_id(pointer).pointee))
    }

    /// A path without `.` and superfluous slashes. Throws when it leads out of the tree.
    private static func path(_ text: String) throws(GitError) -> String {
        let names = text.split(separator: "/").filter { $0 != "." }
        guard !names.contains(".."), !text.utf8.contains(0) else {
            throw GitError(
                .malformed, "read the path `\(text)`", message: "it leads out of the repository")
        }
        return names.joined(separator: "/")
    }

    private func nearestFolder(to path: String, in root: ObjectID) throws(GitError) -> String? {
        let folders = try entries(of: root).filter { $0.kind == .folder }.map(\.path)
        return Spelling.nearest(to: path, among: folders).map { "did you mean `\($0)`?" }
    }
}
