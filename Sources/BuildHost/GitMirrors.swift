package import Git

/// Bare mirrors of Git repositories, one a remote.
package struct GitMirrors: Sendable {
    package let directory: String
    package let patience = Patience()

    package init(directory: String) { self.directory = directory }

    package func path(of url: RemoteURL) -> String { "\(directory)/\(url.mirrorName)" }

    /// Whether the mirror has the commit already.
    package func holds(_ id: ObjectID, of url: RemoteURL) async -> Bool {
        // A mirror that cannot be opened is made, or made anew, by the fetch that follows.
        guard let reader = try? RepositoryReader(at: path(of: url)) else { return false }
        return await reader.read { $0.contains(id) }
    }

    /// - Parameter refspecs: what is fetched; all branches and tags where nothing is said.
    @discardableResult
    package func fetch(
        _ url: RemoteURL, refspecs: [String] = Repository.mirrorRefspecs
    ) async throws -> RemoteHeads {
        try await Repository.fetch(
            from: url, intoMirror: path(of: url), refspecs: refspecs, patience: patience)
    }
}
