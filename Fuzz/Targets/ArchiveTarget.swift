import Archive

/// Reads an archive in small pieces, and writes again what it holds.
func readArchive(_ bytes: [UInt8]) {
    decompress(bytes)
    // What is no archive is refused.
    _ = try? TarIndex(pieces(of: bytes))
    guard let reader = try? TarReader(pieces(of: bytes)) else { return }
    var total = 0
    while total < 1 << 24, let entry = try? reader.next() {
        check(entry)
        while total < 1 << 24, let content = try? reader.content(), !content.isEmpty {
            total += content.count
        }
    }
}

/// Gives bytes a few at a time: the sizes of the pieces should make no difference.
private func pieces(of bytes: [UInt8]) -> () throws -> [UInt8] {
    var rest = bytes[...]
    return {
        let piece = Array(rest.prefix(700))
        rest = rest.dropFirst(700)
        return piece
    }
}

private func decompress(_ bytes: [UInt8]) {
    guard let decompressor = try? Decompressor(pieces(of: bytes)) else { return }
    var total = 0
    // A few bytes can be a bomb.
    while total < 1 << 24, let piece = try? decompressor.next(), !piece.isEmpty { total += piece.count }
}

private func check(_ entry: TarEntry) {
    precondition(!entry.path.hasPrefix("/") && !entry.path.hasSuffix("/"), "`\(entry.path)` is not normal")
    precondition(!entry.path.split(separator: "/").contains(".."), "`\(entry.path)` leads out")
    precondition(entry.mode <= 0o7777 && entry.size >= 0, "an entry cannot be so")
    var header: [UInt8] = []
    TarFormat.appendHeader(of: entry, to: &header)
    precondition(header.count % TarFormat.blockSize == 0 && TarFormat.isHeader(header), "no header")
    guard entry.kind != .file, !entry.path.isEmpty else { return }
    guard let reader = try? TarReader(pieces(of: header + TarFormat.end)), let again = try? reader.next()
    else {
        preconditionFailure("what was written of `\(entry.path)` cannot be read")
    }
    precondition(again.path == entry.path && again.mode == entry.mode, "`\(entry.path)` is read as \(again)")
}
