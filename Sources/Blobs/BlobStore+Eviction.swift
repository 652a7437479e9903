import Glibc
package import OCI

/// A store as a cache: what was not used for long can be taken out while others use the rest.
///
/// A blob's time of change is the time of its last use. The gate, a lock that all processes agree on, keeps a claim
/// and an eviction of one blob apart: whoever has claimed a blob after a time finds it there as long as nothing is
/// evicted that was used since.
extension BlobStore {
    /// A blob as it lies in the store.
    package struct Stored: Hashable, Sendable {
        package var digest: Digest
        /// In bytes.
        package var size: Int64
        /// Nanoseconds since 1970-01-01 00:00:00 UTC.
        package var lastUse: Int64
    }

    private var gate: String { "\(directory)/gate" }

    /// The blob's size in bytes, or `nil` where the store does not have it. It counts as used now.
    package func claim(_ digest: Digest) throws(BlobError) -> Int64? {
        let lock = try FileDescriptor(opening: gate, O_RDWR | O_CREAT)
        try lock.wait(for: LOCK_SH)
        guard utimensat(AT_FDCWD, path(of: digest), nil, 0) == 0 else {
            guard errno == ENOENT else { throw BlobError("claim the blob \(digest)", errno: errno) }
            return nil
        }
        return try size(of: digest)
    }

    /// Removes a blob unless it was used at `time` or later. Returns the number of bytes that are free now.
    package func evict(_ digest: Digest, unlessUsedSince time: Int64) throws(BlobError) -> Int64 {
        let lock = try FileDescriptor(opening: gate, O_RDWR | O_CREAT)
        try lock.wait(for: LOCK_EX)
        guard let stored = try stored(digest), stored.lastUse < time else { return 0 }
        try remove(digest)
        return stored.size
    }

    /// All blobs, in no order.
    package func blobs() throws(BlobError) -> [Stored] {
        var blobs: [Stored] = []
        for algorithm in Digest.Algorithm.allCases {
            let folder = "\(directory)/\(algorithm.rawValue)"
            for prefix in try FileSystem.names(in: folder) {
                for name in try FileSystem.names(in: "\(folder)/\(prefix)") {
                    // A file of another name is none of the store's.
                    guard let digest = try? Digest("\(algorithm.rawValue):\(name)"),
                        let stored = try stored(digest)
                    else { continue }
                    blobs.append(stored)
                }
            }
        }
        return blobs
    }

    private func stored(_ digest: Digest) throws(BlobError) -> Stored? {
        var status = stat()
        guard stat(path(of: digest), &status) == 0 else {
            guard errno == ENOENT else { throw BlobError("look at the blob \(digest)", errno: errno) }
            return nil
        }
        let time = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        return Stored(digest: digest, size: Int64(status.st_size), lastUse: time)
    }
}

extension FileDescriptor {
    /// Takes a lock on the file, which ends with the descriptor.
    fileprivate borrowing func wait(for lock: Int32) throws(BlobError) {
        while flock(number, lock) != 0 {
            guard errno == EINTR else { throw BlobError("lock `\(path)`", errno: errno) }
        }
    }
}
