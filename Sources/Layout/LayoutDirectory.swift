import Glibc
import OCI

/// An OCI image layout in a directory, being written or completed.
struct LayoutDirectory {
    let path: String
    let source: StoredBlobs
    let transfer: VerifiedTransfer
    private var operation: String { source.operation }

    func write(_ blobs: [Descriptor], _ entries: [Descriptor]) throws {
        try makeDirectories(path)
        // A layout that cannot be completed is found before gigabytes are copied into it.
        _ = try existingIndex()
        for blob in blobs { try write(blob) }
        let lock = try DirectoryLock(path, operation)
        defer { lock.unlock() }
        var index = try existingIndex() ?? ImageIndex(manifests: [])
        index.merge(entries)
        try write(LayoutDocuments.marker, as: LayoutDocuments.markerName)
        try write(index.json.canonical, as: LayoutDocuments.indexName)
    }

    /// `nil` where there is no layout yet, or only the beginning of one.
    private func existingIndex() throws -> ImageIndex? {
        let files = DirectoryFiles(directory: path, operation: operation)
        guard try files.file(LayoutDocuments.indexName) != nil else { return nil }
        return try LayoutDocuments(files).index()
    }

    private func write(_ blob: Descriptor) throws {
        let place = "\(path)/\(LayoutBlobs.path(of: blob.digest))"
        var status = stat()
        if stat(place, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size == blob.size {
            return
        }
        try makeDirectories("\(path)/blobs/\(blob.digest.algorithm.rawValue)")
        let output = try OutputFile(replacing: place, operation)
        try transfer.pass(source.blob(of: blob).pieces(), of: blob) { try output.write($0) }
        try output.finish()
    }

    private func write(_ bytes: [UInt8], as name: String) throws {
        let output = try OutputFile(replacing: "\(path)/\(name)", operation)
        try output.write(bytes)
        try output.finish()
    }

    /// Makes a directory and those above it.
    private func makeDirectories(_ path: String) throws(LayoutError) {
        if mkdir(path, 0o777) == 0 { return }
        switch errno {
        case EEXIST:
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
                throw LayoutError(.unsupported, operation, "`\(path)` is there, and is no directory")
            }
        case ENOENT:
            guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
                throw LayoutError(operation, "make the folder `\(path)`", errno: ENOENT)
            }
            try makeDirectories(String(path[..<slash]))
            guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
                throw LayoutError(operation, "make the folder `\(path)`", errno: errno)
            }
        case let code: throw LayoutError(operation, "make the folder `\(path)`", errno: code)
        }
    }
}

/// Keeps other writers of a directory out while its index is read and written.
private struct DirectoryLock {
    private let number: Int32

    /// Waits for those who have the lock.
    init(_ path: String, _ operation: String) throws(LayoutError) {
        number = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw LayoutError(operation, "open `\(path)`", errno: errno) }
        while flock(number, LOCK_EX) != 0 {
            if errno == EINTR { continue }
            // Some network file systems have no locks: what is written is whole without one too.
            break
        }
    }

    func unlock() { close(number) }
}
