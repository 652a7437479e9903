/// One thing in a tree.
package struct TreeEntry: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case file
        case executable
        case symlink
        case folder
        /// A commit of another repository, which is not part of this one.
        case submodule
    }

    /// Relative to the tree that was asked, with `/` between names.
    package var path: String
    package var kind: Kind
    /// A blob's, a tree's, or a submodule's commit's.
    package var id: ObjectID

    package init(path: String, kind: Kind, id: ObjectID) {
        self.path = path
        self.kind = kind
        self.id = id
    }

    /// The last name of the path.
    package var name: Substring { path.split(separator: "/").last ?? "" }

    /// The mode that Git writes into a tree.
    package var mode: UInt32 {
        switch kind {
        case .file: 0o100644
        case .executable: 0o100755
        case .symlink: 0o120000
        case .folder: 0o040000
        case .submodule: 0o160000
        }
    }
}
