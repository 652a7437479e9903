/// Every reference that a remote repository has, as its server lists them.
package struct RemoteHeads: Hashable, Sendable {
    package let url: RemoteURL
    /// By full name; `HEAD`, and annotated tags' commits as `refs/tags/v1^{}`, are among them.
    package let references: [String: ObjectID]
    /// The full name of the branch that `HEAD` stands for; `nil` in an empty repository.
    package let defaultBranch: String?

    init(url: RemoteURL, references: [String: ObjectID], symbolicHead: String?) {
        self.url = url
        self.references = references
        defaultBranch = symbolicHead ?? Self.guess(references)
    }

    /// Asks the server, without a local repository. Blocks; see ``list(_:patience:)``.
    ///
    /// Throws ``GitError``.
    package init(of url: RemoteURL, pulse: Pulse = Pulse()) throws(GitError) {
        let remote = try Remote(url, in: nil, pulse: pulse)
        try remote.connect()
        self = try remote.heads()
    }

    /// Asks the server on a thread of its own.
    ///
    /// Throws ``GitError``, or `CancellationError`; see ``Patience/wait(for:_:)``.
    package static func list(_ url: RemoteURL, patience: Patience = Patience()) async throws -> RemoteHeads {
        try await patience.wait(for: "list the heads of `\(url)`") { pulse throws(GitError) in
            try RemoteHeads(of: url, pulse: pulse)
        }
    }

    /// Where a name leads: a branch's, a tag's or a full one; `nil` is the default branch.
    ///
    /// A commit's whole id leads to itself, whether the remote has it or not. Throws ``GitError`` with
    /// ``GitError/Reason/notFound`` and a hint.
    package func resolve(_ name: String?) throws(GitError) -> ResolvedReference {
        guard let name else {
            guard let defaultBranch, let found = find(FullName(text: defaultBranch)) else {
                throw .headless(url)
            }
            return found
        }
        for candidate in FullName.candidates(for: name) {
            if let found = find(candidate) { return found }
        }
        // A name that is no id is a name that is not there.
        if let id = try? ObjectID(name) {
            return ResolvedReference(name: id.description, kind: .commit, commit: id)
        }
        throw .missing(name, in: url, names: references.keys)
    }

    private func find(_ name: FullName) -> ResolvedReference? {
        (references[name.text + "^{}"] ?? references[name.text]).map {
            ResolvedReference(name: name.short, kind: name.kind, commit: $0)
        }
    }

    /// A server that does not say what `HEAD` stands for has it stand for a branch of the same commit.
    private static func guess(_ references: [String: ObjectID]) -> String? {
        guard let head = references["HEAD"] else { return nil }
        let branches = references.filter { $0.key.hasPrefix("refs/heads/") && $0.value == head }.keys
        return ["refs/heads/main", "refs/heads/master"].first(where: branches.contains) ?? branches.min()
    }
}
