import Glibc

/// A new file's content as it is written: zeros are passed over, so that holes stay holes.
struct HoledContent: ~Copyable {
    private let file: Int32
    private var position: off_t = 0
    /// Up to where something was written.
    private var end: off_t = 0
    /// What file systems allocate at once.
    private static let blockSize = 4096
    private static let zeros = [UInt8](repeating: 0, count: blockSize)

    /// - Parameter file: is empty, and open until the content's end.
    init(file: Int32) { self.file = file }

    /// Returns whether it worked; else `errno` says why not.
    mutating func append(_ piece: RawSpan) -> Bool {
        piece.withUnsafeBytes { bytes in
            var start = 0
            while start < bytes.count {
                let zeros = run(bytes, from: start, ofZeros: true)
                start += zeros
                position += off_t(zeros)
                let data = run(bytes, from: start, ofZeros: false)
                guard write(UnsafeRawBufferPointer(rebasing: bytes[start..<start + data])) else {
                    return false
                }
                start += data
            }
            return true
        }
    }

    /// Makes a hole of the zeros at the end, those too that nobody wrote. Returns as ``append(_:)``.
    func finish(size: Int64) -> Bool { end == off_t(size) || ftruncate(file, off_t(size)) == 0 }

    /// How many bytes are in whole blocks of zeros, or in blocks that are none; blocks are those of the file.
    private func run(_ bytes: UnsafeRawBufferPointer, from start: Int, ofZeros: Bool) -> Int {
        var next = start
        var offset = Int(position)
        while next < bytes.count {
            let count = min(bytes.count - next, Self.blockSize - offset % Self.blockSize)
            guard isZero(UnsafeRawBufferPointer(rebasing: bytes[next..<next + count])) == ofZeros else {
                break
            }
            next += count
            offset += count
        }
        return next - start
    }

    private func isZero(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let start = bytes.baseAddress else { return true }
        return memcmp(start, Self.zeros, bytes.count) == 0
    }

    private mutating func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = pwrite(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count, position)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
            position += off_t(count)
            end = position
        }
        return true
    }
}
