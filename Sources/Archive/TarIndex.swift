/// The table of contents of a tar archive: what it holds, and where in the uncompressed archive each content is.
package struct TarIndex: Sendable {
    /// One member and its place.
    package struct Member: Hashable, Sendable {
        package var entry: TarEntry
        /// Where the content begins, in bytes of the uncompressed archive; `nil` for content that is stored with holes
        /// left out, and has no one place.
        package var offset: Int64?
        /// The content itself, where the reader was asked to keep it.
        package var content: [UInt8]?
        /// The content's CRC-32, where whoever wrote the archive took it: it tells a change, and proves nothing.
        package var checksum: UInt32?

        package init(entry: TarEntry, offset: Int64?, content: [UInt8]? = nil) {
            self.entry = entry
            self.offset = offset
            self.content = content
        }
    }

    /// In the archive's order.
    package var members: [Member]

    package init(members: [Member]) { self.members = members }

    /// Reads an uncompressed archive's headers.
    ///
    /// - Parameters:
    ///   - source: gives the archive's next bytes, and none at the end.
    ///   - skip: passes over content; see ``TarReader``.
    ///   - keepsContent: whether a file's content is to be kept with it; for small ones.
    ///
    /// Throws ``ArchiveError`` as ``TarReader`` does, and what the closures throw.
    package init(
        _ source: @escaping () throws -> [UInt8], skip: ((Int64) throws -> Int64)? = nil,
        keepsContent: (TarEntry) -> Bool = { _ in false }
    ) throws {
        let reader = try TarReader(source, skip: skip)
        members = []
        while let entry = try reader.next() {
            locateLast(endingAt: reader.headerPosition)
            // Until the next header is found the offset only tells sparse content from other.
            var member = Member(entry: entry, offset: reader.isSparse ? nil : 0)
            if keepsContent(entry) { member.content = try reader.wholeContent() }
            members.append(member)
        }
        locateLast(endingAt: reader.headerPosition)
    }

    /// A content ends, padded to whole blocks, where the next header begins.
    private mutating func locateLast(endingAt end: Int64) {
        guard let last = members.indices.last, members[last].offset != nil else { return }
        let size = members[last].entry.size
        members[last].offset = end - size - Int64(TarFormat.padding(after: size))
    }
}

extension TarReader {
    /// All of the last entry's content.
    fileprivate func wholeContent() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while case let piece = try content(), !piece.isEmpty { bytes += piece }
        return bytes
    }
}
