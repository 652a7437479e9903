import CLibgit2

/// The library's global state; it is set up once, before the first call, and lives as long as the process.
private enum Library {
    static let status: Int32 = {
        let status = git_libgit2_init()
        guard status >= 0 else { return status }
        // Objects that came over the network were hashed by the indexer: hashing them at each reading too
        // costs a third of the time of reading a tree.
        slipway_git_set_flag(Int32(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION.rawValue), 0)
        // The daemon reads what its operator names, also repositories of other users; it runs no hook, and no
        // program that a repository's configuration names.
        slipway_git_set_flag(Int32(GIT_OPT_SET_OWNER_VALIDATION.rawValue), 0)
        // Packs are mapped a window at a time, and objects kept: by itself libgit2 does that by the gigabyte.
        slipway_git_set_size(Int32(GIT_OPT_SET_MWINDOW_SIZE.rawValue), 16 << 20)
        slipway_git_set_size(Int32(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT.rawValue), 64 << 20)
        slipway_git_set_size(Int32(GIT_OPT_SET_CACHE_MAX_SIZE.rawValue), 32 << 20)
        return SocketStream.register()
    }()
}

/// Calls libgit2; the only place that looks at a status.
///
/// Throws ``GitError`` with the calling thread's last error when the status is negative, else gives it back.
@discardableResult
func git(_ operation: @autoclosure () -> String, _ call: () -> Int32) throws(GitError) -> Int32 {
    guard Library.status >= 0 else { throw GitError(status: Library.status, operation: "start libgit2") }
    let status = call()
    guard status < 0 else { return status }
    throw GitError(status: status, operation: operation())
}

extension GitError {
    /// Copies the thread's last libgit2 error; a later call on the thread may replace it.
    fileprivate init(status: Int32, operation: String) {
        let last = git_error_last()?.pointee
        // The words of TLS end in a line feed; where the system gave no reason, its place behind a colon is
        // empty.
        let message = (last.flatMap { $0.message }.map { String(cString: $0) } ?? "libgit2 gave no reason")
            .split(whereSeparator: \.isNewline).joined(separator: "; ")
            .replacing(/:? *$/, with: "")
        let kind = last.map { UInt32(bitPattern: $0.klass) } ?? 0
        self.init(Reason(status: status, kind: kind), operation, message: message)
        // A lock that another holds has a status of its own in some places only.
        if message.hasPrefix("failed to lock file") { reason = .locked }
        git_error_clear()
    }
}

extension GitError.Reason {
    fileprivate init(status: Int32, kind: UInt32) {
        switch git_error_code(status) {
        case GIT_ENOTFOUND: self = .notFound
        case GIT_EINVALIDSPEC, GIT_EINVALID: self = .malformed
        case GIT_EAMBIGUOUS: self = .ambiguous
        case GIT_ELOCKED: self = .locked
        case GIT_EMISMATCH: self = .corrupt
        case GIT_EAUTH: self = .authentication
        case GIT_ECERTIFICATE: self = .certificate
        case GIT_EUSER: self = .stopped
        case GIT_EEOF: self = .network
        default: self.init(kind: kind)
        }
    }

    /// The meaning of a general status, by the part of libgit2 that set it.
    private init(kind: UInt32) {
        switch git_error_t(kind) {
        case GIT_ERROR_NET, GIT_ERROR_HTTP, GIT_ERROR_SSL, GIT_ERROR_SSH: self = .network
        case GIT_ERROR_ZLIB, GIT_ERROR_ODB, GIT_ERROR_OBJECT, GIT_ERROR_TREE, GIT_ERROR_INDEXER:
            self = .corrupt
        case GIT_ERROR_OS, GIT_ERROR_FILESYSTEM: self = .system
        default: self = .other
        }
    }
}

/// A kind of libgit2's objects, and how it is freed.
protocol LibraryObject {
    static func free(_ pointer: OpaquePointer)
}

enum RepositoryObject: LibraryObject {
    static func free(_ pointer: OpaquePointer) { git_repository_free(pointer) }
}

enum RemoteObject: LibraryObject {
    static func free(_ pointer: OpaquePointer) { git_remote_free(pointer) }
}

enum ReferenceObject: LibraryObject {
    static func free(_ pointer: OpaquePointer) { git_reference_free(pointer) }
}

/// A commit, tree, blob or tag.
enum AnyObjectObject: LibraryObject {
    static func free(_ pointer: OpaquePointer) { git_object_free(pointer) }
}

enum TreeEntryObject: LibraryObject {
    static func free(_ pointer: OpaquePointer) { git_tree_entry_free(pointer) }
}

enum DatabaseObject: LibraryObject {
    static func free(_ pointer: OpaquePointer) { git_odb_free(pointer) }
}

enum RawObject: LibraryObject {
    static func free(_ pointer: OpaquePointer) { git_odb_object_free(pointer) }
}

enum WalkObject: LibraryObject {
    static func free(_ pointer: OpaquePointer) { git_revwalk_free(pointer) }
}

enum DiffObject: LibraryObject {
    static func free(_ pointer: OpaquePointer) { git_diff_free(pointer) }
}

enum PackBuilderObject: LibraryObject {
    static func free(_ pointer: OpaquePointer) { git_packbuilder_free(pointer) }
}

enum IndexObject: LibraryObject {
    static func free(_ pointer: OpaquePointer) { git_index_free(pointer) }
}

/// The one owner of an object of libgit2.
struct Owned<Object: LibraryObject>: ~Copyable {
    let pointer: OpaquePointer

    /// Makes the object; throws what `git(_:_:)` throws.
    init(_ operation: @autoclosure () -> String, _ make: (inout OpaquePointer?) -> Int32) throws(GitError) {
        var pointer: OpaquePointer?
        try git(operation()) { make(&pointer) }
        guard let pointer else { preconditionFailure("libgit2 reported success without an object") }
        self.pointer = pointer
    }

    deinit { Object.free(pointer) }
}
