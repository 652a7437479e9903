/// Where a layer's archive is cut into chunks, each of which is compressed for itself.
///
/// Most chunks end behind an entry that is chosen by its name and size: what changes moves the ends near it, and
/// leaves the other chunks what they were. The content of a large file has chunks of its own. The cuts follow from the
/// archive alone.
package struct ChunkCutter: Sendable {
    /// No chunk is longer, in bytes.
    package static let maximum = 1 << 20
    /// A chunk that is shorter is not ended by a small entry: short chunks compress badly.
    static let minimum = 64 << 10
    /// About so many bytes of small entries are in a chunk.
    private static let mean: Int64 = 512 << 10

    /// The number of bytes in the last chunk, which more may follow.
    private(set) var filled = 0

    package init() {}

    /// Passes over an entry, and calls `ended` with the length of each chunk that ends in it, in order.
    ///
    /// Returns how many bytes of the archive the entry takes.
    package mutating func pass(_ entry: TarEntry, _ ended: (Int) -> Void) -> Int64 {
        let (headerSize, nameHash) = TarFormat.measure(entry)
        pass(Int64(headerSize), ended)
        beginContent(of: entry.size, ended)
        let padded = entry.size + Int64(TarFormat.padding(after: entry.size))
        pass(padded, ended)
        let extent = Int64(headerSize) + padded
        endEntry(of: entry.size, extent: extent, nameHash, ended)
        return extent
    }

    /// Passes over what ends the archive.
    package mutating func passEnd(_ ended: (Int) -> Void) {
        pass(Int64(TarFormat.end.count), ended)
        end(ended)
    }

    /// Passes over bytes that contain no cut but those of chunks that are full.
    mutating func pass(_ count: Int64, _ ended: (Int) -> Void) {
        var rest = count
        while rest > 0 {
            let part = Int(min(rest, Int64(Self.maximum - filled)))
            filled += part
            rest -= Int64(part)
            if filled == Self.maximum { end(ended) }
        }
    }

    /// Cuts in front of a large content.
    mutating func beginContent(of size: Int64, _ ended: (Int) -> Void) {
        if size >= Self.mean { end(ended) }
    }

    /// Cuts behind a large content, and behind the entry that its name chooses: the more often, the larger it is.
    mutating func endEntry(of size: Int64, extent: Int64, _ nameHash: UInt64, _ ended: (Int) -> Void) {
        let isChosen = filled >= Self.minimum && nameHash % UInt64(Self.mean) < UInt64(extent)
        if size >= Self.mean || isChosen { end(ended) }
    }

    private mutating func end(_ ended: (Int) -> Void) {
        if filled > 0 { ended(filled) }
        filled = 0
    }
}

/// FNV-1a over the name in a header's block, with its bits mixed.
struct NameHash {
    static let fieldSize = 100
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func update(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }

    var value: UInt64 {
        let mixed = (state ^ (state >> 32)) &* 0xD6E8_FEB8_6659_FD93
        return mixed ^ (mixed >> 32)
    }
}
