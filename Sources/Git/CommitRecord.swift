import CLibgit2

/// Who did something, and when.
package struct Signature: Hashable, Sendable {
    package var name: String
    package var email: String
    /// Seconds since 1970-01-01 00:00:00 UTC.
    package var time: Int64

    package init(name: String, email: String, time: Int64) {
        self.name = name
        self.email = email
        self.time = time
    }

    init(_ signature: git_signature) {
        self.init(
            name: signature.name.map { String(cString: $0) } ?? "",
            email: signature.email.map { String(cString: $0) } ?? "", time: signature.when.time)
    }
}

/// What a commit says of itself.
package struct CommitRecord: Hashable, Sendable {
    package var id: ObjectID
    package var tree: ObjectID
    package var parents: [ObjectID]
    /// When it was committed, in seconds since 1970-01-01 00:00:00 UTC.
    package var time: Int64
    package var author: Signature
    /// The message's first paragraph, on one line.
    package var title: String

    init(_ commit: borrowing Owned<AnyObjectObject>) {
        let pointer = commit.pointer
        id = commit.id
        tree = ObjectID(git_commit_tree_id(pointer).pointee)
        parents = (0..<git_commit_parentcount(pointer)).map {
            ObjectID(git_commit_parent_id(pointer, $0).pointee)
        }
        time = git_commit_time(pointer)
        author = Signature(git_commit_author(pointer).pointee)
        title = git_commit_summary(pointer).map { String(cString: $0) } ?? ""
    }
}
