import CLibgit2

/// A Git repository on this machine's disk, open for reading, or for fetching where it is a mirror.
///
/// Its methods block, and throw ``GitError``. One thread at a time may use it; opening it once more for
/// another thread is cheap. See ``RepositoryReader`` for async callers.
package final class Repository {
    let handle: Owned<RepositoryObject>
    /// The path it was opened by.
    package let path: String
    private var openDatabase: Database?

    /// Opens a repository with or without a working tree; `path` is the one or the other's, and no folder
    /// inside.
    package init(at path: String) throws(GitError) {
        self.path = path
        do throws(GitError) {
            handle = try Owned("open the repository `\(path)`") {
                git_repository_open_ext(&$0, path, GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue, nil)
            }
        } catch {
            var error = error
            if error.reason == .notFound { error.message = "it is no Git repository" }
            throw error
        }
    }

    var pointer: OpaquePointer { handle.pointer }

    /// The object database, opened once.
    func database() throws(GitError) -> OpaquePointer {
        if let openDatabase { return openDatabase.handle.pointer }
        let database = try Database(of: self)
        openDatabase = database
        return database.handle.pointer
    }

    /// A commit, tree, blob or tag, looked up by id and kind.
    func object(_ id: ObjectID, _ type: git_object_t) throws(GitError) -> Owned<AnyObjectObject> {
        var oid = id.oid
        let kind = String(cString: git_object_type2string(type))
        do throws(GitError) {
            return try Owned("read the \(kind) \(id)") { git_object_lookup(&$0, pointer, &oid, type) }
        } catch {
            // libgit2 says "not found" of what is there under another kind, too.
            guard error.reason == .notFound, let actual = actualKind(of: id), actual != kind else {
                throw error
            }
            throw GitError(.wrongKind, error.operation, message: "it is a \(actual)")
        }
    }

    private func actualKind(of id: ObjectID) -> String? {
        // An object that cannot be read has no kind; the first error tells why.
        (try? header(of: id)).map { String(cString: git_object_type2string($0.type)) }
    }

    private final class Database {
        let handle: Owned<DatabaseObject>

        init(of repository: Repository) throws(GitError) {
            handle = try Owned("open the objects of `\(repository.path)`") {
                git_repository_odb(&$0, repository.pointer)
            }
        }
    }
}
