import Glibc

/// A file without a name, for bytes that are needed for a while: it goes with its owner, or with the process.
package final class ScratchFile: Sendable {
    private let file: FileDescriptor

    init(folder: String) throws(BlobError) {
        let path = "\(folder)/scratch-\(UInt64.random(in: 0...UInt64.max))"
        file = try FileDescriptor(opening: path, O_RDWR | O_CREAT | O_EXCL)
        try FileSystem.remove(path)
    }

    /// Appends bytes. Blocks; used from one thread.
    package func append(_ bytes: [UInt8]) throws(BlobError) {
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(BlobError) in try file.write(bytes) }
        }
        try result.get()
    }
}

extension ScratchFile: RandomAccess {
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(BlobError) -> Int {
        try file.read(into: buffer, at: offset)
    }
}

extension BlobReader: RandomAccess {}

/// Bytes that can be read at any offset, by many at the same time.
package protocol RandomAccess: Sendable {
    /// Reads until the buffer is full or the bytes end; returns the number of bytes. Blocks.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(BlobError) -> Int
}

extension RandomAccess {
    /// Likewise, at most `count` bytes into an array of their own.
    package func bytes(at offset: Int64, count: Int) throws(BlobError) -> [UInt8] {
        var failure: BlobError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            do throws(BlobError) {
                initialized = try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
            } catch { failure = error }
        }
        if let failure { throw failure }
        return bytes
    }
}

extension BlobStore {
    /// A scratch file on the store's file system.
    package func scratchFile() throws(BlobError) -> ScratchFile { try ScratchFile(folder: incoming) }
}
