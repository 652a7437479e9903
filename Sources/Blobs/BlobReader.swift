/// A blob open for reading at any offset; many may read one at the same time.
package final class BlobReader: Sendable {
    private let file: FileDescriptor
    /// The blob's size in bytes.
    package let size: Int64

    init(path: String) throws(BlobError) {
        file = try FileDescriptor(opening: path, readOnly)
        size = try file.size()
    }

    /// Reads until the buffer is full or the blob ends; returns the number of bytes. Blocks.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(BlobError) -> Int {
        try file.read(into: buffer, at: offset)
    }

    /// Likewise, into an array.
    package func read(into bytes: inout [UInt8], at offset: Int64) throws(BlobError) -> Int {
        // A typed throw does not pass through the standard library's closure, so the result carries it.
        let result = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(BlobError) in try read(into: buffer, at: offset) }
        }
        return try result.get()
    }
}
