import Glibc

/// A directory that is being listed.
struct DirectoryStream: ~Copyable {
    private let stream: OpaquePointer

    /// `nil`, with `errno`, where it cannot be opened.
    init?(path: String) {
        guard let stream = opendir(path) else { return nil }
        self.stream = stream
    }

    /// Lists an open directory; a copy of its descriptor would share its place with others. `nil` likewise.
    init?(again directory: Int32) {
        let copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard copy >= 0 else { return nil }
        guard let stream = fdopendir(copy) else {
            let code = errno
            close(copy)
            errno = code
            return nil
        }
        self.stream = stream
    }

    deinit { closedir(stream) }

    /// Open as long as this lives.
    var descriptor: Int32 { dirfd(stream) }

    /// Calls the body with each name but `.` and `..`, in no order.
    ///
    /// Returns whether that were all; else `errno` says why not.
    func visit<Failure: Error>(
        _ body: (UnsafePointer<CChar>) throws(Failure) -> Void
    ) throws(Failure) -> Bool {
        while true {
            errno = 0
            guard let entry = readdir(stream) else { return errno == 0 }
            try withUnsafePointer(to: &entry.pointee.d_name) { (bytes) throws(Failure) in
                let name = UnsafeRawPointer(bytes).assumingMemoryBound(to: CChar.self)
                if strcmp(name, ".") != 0, strcmp(name, "..") != 0 { try body(name) }
            }
        }
    }
}
