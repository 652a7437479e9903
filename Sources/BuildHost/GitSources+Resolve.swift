import Builder
import Git

extension GitSources {
    /// Finds the commit that a reference means, and brings it into the mirror.
    func resolve(_ reference: GitReference, at url: RemoteURL) async throws -> ResolvedReference {
        if let id = try wantedCommit(reference) {
            try check(reference, [id])
            try await bring(id, of: url, named: nil)
            return ResolvedReference(name: id.description, kind: .commit, commit: id)
        }
        let heads = try await RemoteHeads.list(url, patience: mirrors.patience)
        let name = try heads.fullName(for: reference.reference)
        let found = try heads.resolve(name)
        try check(reference, [found.commit, name.flatMap { heads.references[$0] } ?? found.commit])
        try await bring(found.commit, of: url, named: name)
        return found
    }

    /// The commit, where the reference itself names it.
    private func wantedCommit(_ reference: GitReference) throws -> ObjectID? {
        // A name that is no id is a branch's or a tag's.
        if let name = reference.reference, let id = try? ObjectID(name) { return id }
        guard reference.isFetchedByCommit else { return nil }
        guard let checksum = reference.checksum, let id = try? ObjectID(checksum) else {
            throw BuildError(
                "`\(reference.description)` is to be fetched by its commit, and names none",
                hint: "give the commit's whole id as the checksum")
        }
        return id
    }

    /// - Parameter ids: of the commit, and of the tag that leads to it.
    private func check(_ reference: GitReference, _ ids: [ObjectID]) throws {
        guard let checksum = reference.checksum?.lowercased() else { return }
        guard ids.contains(where: { $0.description.hasPrefix(checksum) }) else {
            throw ChecksumMismatch(
                source: RemoteURL.withoutCredentials(reference.description), expected: checksum,
                found: ids.first?.description ?? "")
        }
    }

    /// Fetches a commit that the mirror does not have.
    ///
    /// - Parameter name: the full name of a reference that leads to it; without one its server has to give out commits
    ///   by their ids, unless a branch or a tag has it.
    func bring(_ commit: ObjectID, of url: RemoteURL, named name: String?) async throws {
        if await mirrors.holds(commit, of: url) { return }
        try await mirrors.fetch(url)
        if await mirrors.holds(commit, of: url) { return }
        if let name {
            try await mirrors.fetch(url, refspecs: ["+\(name):\(name)"])
        } else {
            do { try await mirrors.fetch(url, refspecs: [commit.description]) } catch let error as GitError
                where error.reason != .timedOut && error.reason != .stopped
            {
                // The server was there a moment ago: it refuses, which is told below.
            }
        }
        guard await mirrors.holds(commit, of: url) else {
            throw GitError(
                .notFound, "find the commit \(commit) in `\(url)`",
                message: "no branch or tag has it, and the server does not give it out",
                hint: "name a branch or a tag")
        }
    }
}

extension RemoteHeads {
    /// The full name of the reference that a short one means: BuildKit's order. `nil` is the default branch.
    ///
    /// Throws ``GitError`` with a hint.
    fileprivate func fullName(for name: String?) throws(GitError) -> String? {
        guard let name, name != "HEAD" else { return nil }
        for prefix in ["refs/", "refs/heads/", "refs/tags/"] {
            let full = name.hasPrefix(prefix) ? name : prefix + name
            if references[full] != nil { return full }
        }
        // It is not there, which this says, with those that are.
        return try resolve(name).name
    }
}
