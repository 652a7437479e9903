import Spelling

/// What a name turned out to be.
package struct ResolvedReference: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case branch
        case tag
        /// A commit's id.
        case commit
        /// Any other reference, named in full: `refs/pull/1/head`.
        case other
    }

    /// The name for people: `main`, `v1`, `refs/pull/1/head`; a commit's whole id.
    package var name: String
    package var kind: Kind
    /// An annotated tag is followed to its commit.
    package var commit: ObjectID

    package init(name: String, kind: Kind, commit: ObjectID) {
        self.name = name
        self.kind = kind
        self.commit = commit
    }
}

/// The full name of a reference, and what kind of name it is.
struct FullName: Hashable {
    var text: String

    /// What a user's `name` may stand for, the likeliest first.
    static func candidates(for name: String) -> [FullName] {
        name.hasPrefix("refs/")
            ? [FullName(text: name)]
            : [FullName(text: "refs/heads/\(name)"), FullName(text: "refs/tags/\(name)")]
    }

    var kind: ResolvedReference.Kind {
        if text.hasPrefix("refs/heads/") { return .branch }
        return text.hasPrefix("refs/tags/") ? .tag : .other
    }

    var short: String {
        switch kind {
        case .branch: String(text.dropFirst("refs/heads/".count))
        case .tag: String(text.dropFirst("refs/tags/".count))
        case .commit, .other: text
        }
    }
}

extension GitError {
    /// No branch, tag or commit of that name; the hint tells of those there are.
    static func missing(
        _ name: String, in place: some CustomStringConvertible, names: some Sequence<String>
    ) -> GitError {
        let known = names.map(FullName.init(text:)).filter { $0.kind == .branch || $0.kind == .tag }
        let hint: String?
        if let near = Spelling.nearest(to: name, among: known.map(\.short)) {
            hint = "did you mean `\(near)`?"
        } else {
            let branches = known.filter { $0.kind == .branch }.map(\.short).sorted()
            let shown = branches.prefix(5).map { "`\($0)`" }.joined(separator: ", ")
            let more = branches.count > 5 ? " and \(branches.count - 5) more" : ""
            hint = branches.isEmpty ? nil : "its branches are \(shown)\(more)"
        }
        return GitError(
            .notFound, "find `\(name)` in `\(place)`",
            message: "it has no branch, tag or commit of that name",
            hint: hint)
    }

    /// The repository has no default branch, or one without a commit.
    static func headless(_ place: some CustomStringConvertible) -> GitError {
        GitError(
            .notFound, "find the default branch of `\(place)`",
            message: "its HEAD leads to no commit",
            hint: "commit something to it, or name a branch")
    }
}
