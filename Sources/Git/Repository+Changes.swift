import CLibgit2

/// A path that is not the same in two trees.
package struct PathChange: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case added
        case deleted
        case modified
    }

    /// Relative to the trees. A name that is not UTF-8 is shown with replacement characters.
    package var path: String
    package var kind: Kind

    package init(path: String, kind: Kind) {
        self.path = path
        self.kind = kind
    }
}

extension Repository {
    /// The files, symlinks and submodules that differ between two trees, sorted by path; `nil` is the empty
    /// tree.
    ///
    /// Folders of equal id are not looked into. A file that moved is deleted in one place and added in
    /// another.
    package func changes(from old: ObjectID?, to new: ObjectID) throws(GitError) -> [PathChange] {
        let newTree = try object(new, GIT_OBJECT_TREE)
        guard let old else {
            return try changes(from: nil, to: newTree.pointer, "the empty tree and \(new.short)")
        }
        let oldTree = try object(old, GIT_OBJECT_TREE)
        return try changes(from: oldTree.pointer, to: newTree.pointer, "\(old.short) and \(new.short)")
    }

    private func changes(
        from old: OpaquePointer?, to new: OpaquePointer, _ names: String
    ) throws(GitError) -> [PathChange] {
        let diff = try Owned<DiffObject>("compare the trees \(names)") {
            git_diff_tree_to_tree(&$0, pointer, old, new, nil)
        }
        return (0..<git_diff_num_deltas(diff.pointer))
            .compactMap { git_diff_get_delta(diff.pointer, $0).flatMap { Self.change($0.pointee) } }
            .sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    private static func change(_ delta: git_diff_delta) -> PathChange? {
        let kind: PathChange.Kind =
            switch delta.status {
            case GIT_DELTA_ADDED: .added
            case GIT_DELTA_DELETED: .deleted
            default: .modified
            }
        let path = kind == .deleted ? delta.old_file.path : delta.new_file.path
        return path.map { PathChange(path: String(cString: $0), kind: kind) }
    }
}
