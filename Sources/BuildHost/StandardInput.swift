import Blobs
import Builder
import Glibc
import OCI

/// A file that comes through a descriptor, such as standard input.
struct StandardInput: Sendable {
    let descriptor: Int32
    private static let pieceSize = 1 << 20

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// Reads to the end, on a thread of its own, and stores what came.
    ///
    /// Throws ``BuildError`` where it cannot be read, and `BlobError` for what the disk does.
    func stored(in store: BlobStore) async throws -> RemoteFile {
        try await blocking { _ in try write(into: store) }
    }

    private func write(into store: BlobStore) throws -> RemoteFile {
        var writer = try BlobWriter(store: store)
        var buffer = [UInt8](repeating: 0, count: Self.pieceSize)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw BuildError("could not read standard input: \(String(cString: strerror(errno)))")
            }
            if count == 0 { break }
            let result = buffer.withUnsafeBytes { bytes in
                Result { () throws(BlobError) in
                    try writer.append(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
                }
            }
            try result.get()
        }
        let blob = try writer.finish()
        return RemoteFile(
            digest: blob.digest, size: blob.size, modified: nil, content: try store.reader(of: blob.digest))
    }
}
