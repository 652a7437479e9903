/// Tar archives as Slipway writes them: the same entry always gives the same bytes.
///
/// POSIX.1-2001 pax interchange format: a ustar header, behind an extended header only where ustar cannot say it
/// (a name that is long or not ASCII, a large number, an extended attribute).
package enum TarFormat {
    package static let blockSize = 512

    /// What ends an archive: two blocks of zeros.
    package static let end = [UInt8](repeating: 0, count: 2 * blockSize)

    /// The number of zeros behind a content of `size` bytes.
    package static func padding(after size: Int64) -> Int {
        let rest = Int(size % Int64(blockSize))
        return rest == 0 ? 0 : blockSize - rest
    }

    /// Whether the bytes begin with a header, of any flavour of tar: its checksum is right.
    package static func isHeader(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= blockSize else { return false }
        let field = bytes[148..<156]
        let digits = field.drop { $0 == UInt8(ascii: " ") }.prefix { (0x30...0x37).contains($0) }
        guard let written = Int(String(decoding: digits, as: UTF8.self), radix: 8) else { return false }
        // The checksum counts itself as eight spaces; old writers took the bytes for signed.
        let others = bytes[..<148] + bytes[156..<blockSize]
        let unsigned = others.reduce(8 * 0x20) { $0 + Int($1) }
        let signed = others.reduce(8 * 0x20) { $0 + Int(Int8(bitPattern: $1)) }
        return written == unsigned || written == signed
    }

    /// Adds the entry's header to `bytes`; its content and ``padding(after:)`` come next.
    package static func appendHeader(of entry: TarEntry, to bytes: inout [UInt8]) {
        let records = paxRecords(of: entry)
        if !records.isEmpty {
            var header = UstarHeader()
            header.set(
                .name, "PaxHeaders.0/" + entry.path.utf8.suffix(80).filter { (0x21...0x7E).contains($0) }.text
            )
            header.setNumbers(mode: 0o644, size: Int64(records.count))
            header.appendFinished(typeFlag: "x", to: &bytes)
            bytes += records
            bytes += repeatElement(0, count: padding(after: Int64(records.count)))
        }
        var header = UstarHeader()
        header.set(.name, entry.archivePath)
        header.set(.linkName, entry.linkTarget)
        header.setNumbers(
            mode: entry.mode, uid: entry.uid, gid: entry.gid, size: entry.size, modified: entry.modified)
        if case .characterDevice(let major, let minor) = entry.kind { header.setDevice(major, minor) }
        if case .blockDevice(let major, let minor) = entry.kind { header.setDevice(major, minor) }
        header.appendFinished(typeFlag: entry.kind.typeFlag, to: &bytes)
    }

    /// How long the entry's header is, in bytes.
    package static func headerSize(of entry: TarEntry) -> Int {
        UstarHeader.holds(entry) ? blockSize : measure(entry).headerSize
    }

    /// How long the entry's header is, and what the name in its first block hashes to.
    static func measure(_ entry: TarEntry) -> (headerSize: Int, nameHash: UInt64) {
        var hash = NameHash()
        if UstarHeader.holds(entry) {
            hash.update(entry.path.utf8)
            if entry.kind == .directory { hash.update(CollectionOfOne(UInt8(ascii: "/"))) }
            return (blockSize, hash.value)
        }
        var header: [UInt8] = []
        appendHeader(of: entry, to: &header)
        hash.update(header.prefix(NameHash.fieldSize).prefix { $0 != 0 })
        return (header.count, hash.value)
    }

    private static func paxRecords(of entry: TarEntry) -> [UInt8] {
        if UstarHeader.holds(entry) { return [] }
        var records: [(key: String, value: [UInt8])] = []
        for (name, value) in entry.extendedAttributes {
            records.append(("SCHILY.xattr.\(name)", value))
        }
        if !UstarHeader.Field.name.holds(entry.archivePath) {
            records.append(("path", Array(entry.archivePath.utf8)))
        }
        if !UstarHeader.Field.linkName.holds(entry.linkTarget) {
            records.append(("linkpath", Array(entry.linkTarget.utf8)))
        }
        if entry.size > UstarHeader.maximumSize { records.append(("size", Array("\(entry.size)".utf8))) }
        if entry.uid > UstarHeader.maximumID { records.append(("uid", Array("\(entry.uid)".utf8))) }
        if entry.gid > UstarHeader.maximumID { records.append(("gid", Array("\(entry.gid)".utf8))) }
        if !(0...UstarHeader.maximumSize).contains(entry.modified) {
            records.append(("mtime", Array("\(entry.modified)".utf8)))
        }
        records.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        return records.flatMap { paxRecord($0.key, $0.value) }
    }

    /// `LENGTH KEY=VALUE\n`, where the length counts itself.
    private static func paxRecord(_ key: String, _ value: [UInt8]) -> [UInt8] {
        let body = Array(" \(key)=".utf8) + value + [UInt8(ascii: "\n")]
        var length = body.count + String(body.count).utf8.count
        if body.count + String(length).utf8.count > length { length += 1 }
        return Array(String(length).utf8) + body
    }
}

extension TarEntry {
    /// Directories end in a slash in the archive.
    fileprivate var archivePath: String { kind == .directory ? path + "/" : path }
}

extension TarEntry.Kind {
    fileprivate var typeFlag: Unicode.Scalar {
        switch self {
        case .file: "0"
        case .hardLink: "1"
        case .symbolicLink: "2"
        case .characterDevice: "3"
        case .blockDevice: "4"
        case .directory: "5"
        case .fifo: "6"
        }
    }
}

extension Sequence<UInt8> {
    fileprivate var text: String { String(decoding: Array(self), as: UTF8.self) }
}

/// The 512 bytes of a POSIX.1-1988 (ustar) header.
private struct UstarHeader {
    enum Field {
        case name
        case linkName

        var range: Range<Int> {
            switch self {
            case .name: 0..<100
            case .linkName: 157..<257
            }
        }

        /// Whether the field can say the text: it is ASCII and fits.
        func holds(_ text: String) -> Bool {
            guard text.utf8.count <= range.count else { return false }
            for byte in text.utf8 where byte >= 0x80 { return false }
            return true
        }
    }

    static let maximumID = 0o7777777
    static let maximumSize: Int64 = 0o77777777777

    private var bytes = [UInt8](repeating: 0, count: TarFormat.blockSize)

    mutating func set(_ field: Field, _ text: String) {
        var index = field.range.lowerBound
        for byte in text.utf8 {
            if index == field.range.upperBound { break }
            bytes[index] = byte < 0x80 ? byte : UInt8(ascii: "_")
            index += 1
        }
    }

    /// Whether a header alone says all of the entry: so it is for almost all.
    static func holds(_ entry: TarEntry) -> Bool {
        entry.extendedAttributes.isEmpty && Field.name.holds(entry.archivePath)
            && Field.linkName.holds(entry.linkTarget) && entry.size <= maximumSize && entry.uid <= maximumID
            && entry.gid <= maximumID && (0...maximumSize).contains(entry.modified)
    }

    mutating func setNumbers(mode: UInt16, uid: Int = 0, gid: Int = 0, size: Int64 = 0, modified: Int64 = 0) {
        setOctal(Int64(mode), at: 100, digits: 7)
        setOctal(uid > Self.maximumID ? 0 : Int64(uid), at: 108, digits: 7)
        setOctal(gid > Self.maximumID ? 0 : Int64(gid), at: 116, digits: 7)
        setOctal(size > Self.maximumSize ? 0 : size, at: 124, digits: 11)
        setOctal((0...Self.maximumSize).contains(modified) ? modified : 0, at: 136, digits: 11)
    }

    mutating func setDevice(_ major: Int, _ minor: Int) {
        setOctal(Int64(major), at: 329, digits: 7)
        setOctal(Int64(minor), at: 337, digits: 7)
    }

    /// Completes the header and adds it to `output`.
    consuming func appendFinished(typeFlag: Unicode.Scalar, to output: inout [UInt8]) {
        bytes[156] = UInt8(ascii: typeFlag)
        for (index, byte) in zip(257..<265, "ustar\u{0}00".utf8) { bytes[index] = byte }
        // The checksum counts itself as eight spaces.
        for index in 148..<156 { bytes[index] = UInt8(ascii: " ") }
        var sum: Int64 = 0
        for byte in bytes { sum += Int64(byte) }
        setOctal(sum, at: 148, digits: 6)
        bytes[154] = 0
        output += bytes
    }

    private mutating func setOctal(_ value: Int64, at offset: Int, digits: Int) {
        var rest = value
        for index in stride(from: offset + digits - 1, through: offset, by: -1) {
            bytes[index] = UInt8(ascii: "0") + UInt8(rest & 7)
            rest >>= 3
        }
    }
}
