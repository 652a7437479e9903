import Glibc

/// Compares files by their bytes.
enum FileComparison {
    private static let pieceSize = 128 << 10

    /// Throws ``BuildError`` when one cannot be read. Blocks.
    static func areEqual(_ first: String, _ second: String) throws(BuildError) -> Bool {
        let files = try (open(first), open(second))
        defer {
            close(files.0)
            close(files.1)
        }
        var pieces = ([UInt8](repeating: 0, count: pieceSize), [UInt8](repeating: 0, count: pieceSize))
        while true {
            let count = try read(files.0, into: &pieces.0, first)
            guard count == (try read(files.1, into: &pieces.1, second)),
                pieces.0[..<count] == pieces.1[..<count]
            else { return false }
            if count == 0 { return true }
        }
    }

    private static func open(_ path: String) throws(BuildError) -> Int32 {
        let file = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { throw failure(path) }
        return file
    }

    /// Fills the piece, unless the file ends.
    private static func read(_ file: Int32, into piece: inout [UInt8], _ path: String) throws(BuildError)
        -> Int
    {
        var total = 0
        while total < piece.count {
            let count = piece.withUnsafeMutableBytes { bytes in
                Glibc.read(file, bytes.baseAddress?.advanced(by: total), bytes.count - total)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(path) }
            if count == 0 { break }
            total += count
        }
        return total
    }

    private static func failure(_ path: String) -> BuildError {
        BuildError("could not read `\(path)`: \(String(cString: strerror(errno)))")
    }
}
