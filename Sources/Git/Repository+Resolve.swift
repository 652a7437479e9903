import CLibgit2

extension Repository {
    /// Where a name leads: a branch's, a tag's, a full one, or a commit's id, whole or abbreviated to at
    /// least seven digits; `nil` is the default branch.
    ///
    /// Throws ``GitError`` with ``GitError/Reason/notFound`` and a hint, ``GitError/Reason/ambiguous``, or
    /// ``GitError/Reason/wrongKind`` where the name leads to something that is no commit.
    package func resolve(_ name: String?) throws(GitError) -> ResolvedReference {
        guard let name else {
            guard let head = try reference("HEAD") else { throw .headless(path) }
            let full = FullName(text: String(cString: git_reference_name(head.pointer)))
            return ResolvedReference(
                name: full.short, kind: full.kind, commit: try commit(of: head, full.text))
        }
        for candidate in FullName.candidates(for: name) {
            guard let reference = try reference(candidate.text) else { continue }
            return ResolvedReference(
                name: candidate.short, kind: candidate.kind, commit: try commit(of: reference, name))
        }
        guard let commit = try commit(abbreviated: name) else {
            throw .missing(name, in: path, names: try referenceNames())
        }
        return ResolvedReference(name: commit.description, kind: .commit, commit: commit)
    }

    /// The full names of all references, sorted.
    package func referenceNames() throws(GitError) -> [String] {
        var names = git_strarray()
        defer { git_strarray_dispose(&names) }
        try git("list the references of `\(path)`") { git_reference_list(&names, pointer) }
        return UnsafeBufferPointer(start: names.strings, count: names.count)
            .compactMap { $0.map { String(cString: $0) } }
            .sorted()
    }

    /// The reference behind symbolic ones; `nil` where there is none, or where the name cannot be one's.
    private func reference(_ name: String) throws(GitError) -> Owned<ReferenceObject>? {
        do throws(GitError) {
            let named = try Owned<ReferenceObject>("find `\(name)`") {
                git_reference_lookup(&$0, pointer, name)
            }
            return try Owned("find `\(name)`") {
                git_reference_resolve(&$0, named.pointer)
            }
        } catch  where error.reason == .notFound || error.reason == .malformed { return nil }
    }

    private func commit(of reference: borrowing Owned<ReferenceObject>, _ name: String) throws(GitError)
        -> ObjectID
    {
        let pointer = reference.pointer
        do throws(GitError) {
            let object = try Owned<AnyObjectObject>("find the commit of `\(name)`") {
                git_reference_peel(&$0, pointer, GIT_OBJECT_COMMIT)
            }
            return object.id
        } catch  where error.reason == .other || error.reason == .malformed {
            throw GitError(.wrongKind, error.operation, message: "it leads to no commit")
        }
    }

    private func commit(abbreviated text: String) throws(GitError) -> ObjectID? {
        guard (7...40).contains(text.utf8.count), text.allSatisfy(\.isHexDigit) else { return nil }
        var prefix = git_oid()
        try git("read the id `\(text)`") { git_oid_fromstrn(&prefix, text, text.utf8.count) }
        do throws(GitError) {
            let object = try Owned<AnyObjectObject>("find the commit \(text)") {
                git_object_lookup_prefix(&$0, pointer, &prefix, text.utf8.count, GIT_OBJECT_ANY)
            }
            let commit = try Owned<AnyObjectObject>("find the commit of `\(text)`") {
                git_object_peel(&$0, object.pointer, GIT_OBJECT_COMMIT)
            }
            return commit.id
        } catch  where error.reason == .notFound { return nil }
    }
}

extension Owned<AnyObjectObject> {
    var id: ObjectID { ObjectID(git_object_id(pointer).pointee) }
}
