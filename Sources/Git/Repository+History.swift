import CLibgit2

/// How a head came to be where it is.
package enum Movement: Hashable, Sendable {
    case unmoved
    /// The old commit is among the new one's ancestors, this many commits back.
    case forward(commits: Int)
    /// The new commit is among the old one's ancestors, this many commits back.
    case rewound(commits: Int)
    /// Neither is the other's ancestor: the history was rewritten, or the repository made anew.
    case unrelated
}

extension Repository {
    package func commit(_ id: ObjectID) throws(GitError) -> CommitRecord {
        CommitRecord(try object(id, GIT_OBJECT_COMMIT))
    }

    /// How a head moved. A commit that is not in this repository any longer is related to none.
    package func movement(from old: ObjectID, to new: ObjectID) throws(GitError) -> Movement {
        if old == new { return .unmoved }
        guard contains(old) else { return .unrelated }
        let (ahead, behind) = try difference(of: new, from: old)
        switch (ahead, behind) {
        case (_, 0): return .forward(commits: ahead)
        case (0, _): return .rewound(commits: behind)
        default: return .unrelated
        }
    }

    /// The number of commits that `new` has among its ancestors and itself, and `old` has not.
    package func countCommits(after old: ObjectID, upTo new: ObjectID) throws(GitError) -> Int {
        try difference(of: new, from: old).ahead
    }

    /// The commits that `new` has and `old` has not, the newest first; `nil` is the beginning of history.
    package func commits(
        after old: ObjectID?, upTo new: ObjectID, limit: Int = .max
    ) throws(GitError) -> [CommitRecord] {
        let operation = "walk the history of \(new.short)"
        let walk = try Owned<WalkObject>(operation) { git_revwalk_new(&$0, pointer) }
        let order = GIT_SORT_TOPOLOGICAL.rawValue | GIT_SORT_TIME.rawValue
        try git(operation) { git_revwalk_sorting(walk.pointer, order) }
        var oid = new.oid
        try git(operation) { git_revwalk_push(walk.pointer, &oid) }
        if var hidden = old?.oid { try git(operation) { git_revwalk_hide(walk.pointer, &hidden) } }
        var commits: [CommitRecord] = []
        while commits.count < limit, try next(walk, &oid, operation) {
            commits.append(try commit(ObjectID(oid)))
        }
        return commits
    }

    /// The time of the commit that last changed what is at a path, in seconds since 1970-01-01 00:00:00 UTC: the
    /// oldest of those first parents, from `commit` on, that have the same there.
    ///
    /// Looks at each of these commits. After `limit` of them it gives 0: what is that old needs no exact time.
    package func changeTime(
        of path: String, in commit: ObjectID, limit: Int = 10_000
    ) throws(GitError) -> Int64 {
        var record = try self.commit(commit)
        let wanted = try entry(at: path, in: record.tree)?.id
        for _ in 0..<limit {
            guard let parent = record.parents.first, contains(parent) else { return record.time }
            let older = try self.commit(parent)
            if older.tree != record.tree {
                guard try entry(at: path, in: older.tree)?.id == wanted else { return record.time }
            }
            record = older
        }
        return 0
    }

    /// Whether there is an object of that name.
    package func contains(_ id: ObjectID) -> Bool {
        // A repository whose objects cannot be opened has none.
        guard let database = try? database() else { return false }
        var oid = id.oid
        return git_odb_exists(database, &oid) == 1
    }

    private func next(
        _ walk: borrowing Owned<WalkObject>, _ oid: inout git_oid, _ operation: String
    ) throws(GitError) -> Bool {
        let pointer = walk.pointer
        let status = try git(operation) {
            let status = git_revwalk_next(&oid, pointer)
            // The end is no error.
            return status == GIT_ITEROVER.rawValue ? 1 : status
        }
        return status == 0
    }

    private func difference(of new: ObjectID, from old: ObjectID) throws(GitError) -> (
        ahead: Int, behind: Int
    ) {
        var (ahead, behind) = (0, 0)
        var (newOID, oldOID) = (new.oid, old.oid)
        try git("compare the commits \(old.short) and \(new.short)") {
            git_graph_ahead_behind(&ahead, &behind, pointer, &newOID, &oldOID)
        }
        return (ahead, behind)
    }
}
