import Archive

extension TarIndex {
    private static let magic = Array("slipway-index-3\n".utf8)

    /// The index in a compact form of its own: numbers as variable-length integers, texts behind their length.
    var encoded: [UInt8] {
        var encoder = IndexEncoder(bytes: Self.magic)
        encoder.put(Int64(members.count))
        for member in members { encoder.put(member) }
        return encoder.bytes
    }

    /// Reads ``encoded``; `nil` where the bytes are not that.
    init?(decoding bytes: [UInt8]) {
        guard bytes.starts(with: Self.magic) else { return nil }
        var decoder = IndexDecoder(bytes: bytes, position: Self.magic.count)
        // Each member takes several bytes: a count beyond that is damage.
        guard let count = decoder.number(), count >= 0, count <= bytes.count else { return nil }
        self.init(members: [])
        members.reserveCapacity(Int(count))
        for _ in 0..<count {
            guard let member = decoder.member() else { return nil }
            members.append(member)
        }
        guard decoder.isAtEnd else { return nil }
    }
}

private struct IndexEncoder {
    var bytes: [UInt8]

    /// Zigzag and base 128, lowest digits first.
    mutating func put(_ number: Int64) {
        var rest = UInt64(bitPattern: (number << 1) ^ (number >> 63))
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func put(_ text: some Collection<UInt8>) {
        put(Int64(text.count))
        bytes += text
    }

    mutating func put(_ member: TarIndex.Member) {
        let entry = member.entry
        put(entry.path.utf8)
        let (kind, major, minor) = entry.kind.code
        for number in [kind, major, minor, Int(entry.mode), entry.uid, entry.gid] { put(Int64(number)) }
        for number in [entry.size, entry.modified, member.offset ?? -1] { put(number) }
        put(entry.linkTarget.utf8)
        put(Int64(entry.extendedAttributes.count))
        for (name, value) in entry.extendedAttributes.sorted(by: { $0.key.precedes($1.key) }) {
            put(name.utf8)
            put(value)
        }
        put(Int64(member.content == nil ? 0 : 1))
        if let content = member.content { put(content) }
        put(member.checksum.map(Int64.init) ?? -1)
    }
}

private struct IndexDecoder {
    let bytes: [UInt8]
    var position: Int

    var isAtEnd: Bool { position == bytes.count }

    mutating func number() -> Int64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard position < bytes.count else { return nil }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }
        }
        return nil
    }

    mutating func int() -> Int? { number().flatMap { Int(exactly: $0) } }

    mutating func slice() -> ArraySlice<UInt8>? {
        guard let count = int(), count >= 0, count <= bytes.count - position else { return nil }
        defer { position += count }
        return bytes[position..<position + count]
    }

    mutating func text() -> String? { slice().map { String(decoding: $0, as: UTF8.self) } }

    mutating func member() -> TarIndex.Member? {
        guard let path = text(), let code = int(), let major = int(), let minor = int(),
            let kind = TarEntry.Kind(code: code, major: major, minor: minor),
            let mode = int().flatMap({ UInt16(exactly: $0) }), let uid = int(), let gid = int(),
            let size = number(), let modified = number(), let offset = number(), let target = text(),
            let attributes = attributes(), let hasContent = int()
        else { return nil }
        let entry = TarEntry(
            path: path, kind: kind, mode: mode, uid: uid, gid: gid, size: size, modified: modified,
            linkTarget: target, extendedAttributes: attributes)
        var member = TarIndex.Member(entry: entry, offset: offset < 0 ? nil : offset)
        if hasContent == 1 {
            guard let content = slice() else { return nil }
            member.content = Array(content)
        }
        guard let checksum = number() else { return nil }
        member.checksum = UInt32(exactly: checksum)
        return member
    }

    private mutating func attributes() -> [String: [UInt8]]? {
        guard let count = int(), count >= 0, count <= bytes.count else { return nil }
        var attributes: [String: [UInt8]] = [:]
        for _ in 0..<count {
            guard let name = text(), let value = slice() else { return nil }
            attributes[name] = Array(value)
        }
        return attributes
    }
}

extension TarEntry.Kind {
    fileprivate var code: (kind: Int, major: Int, minor: Int) {
        switch self {
        case .file: (0, 0, 0)
        case .directory: (1, 0, 0)
        case .symbolicLink: (2, 0, 0)
        case .hardLink: (3, 0, 0)
        case .characterDevice(let major, let minor): (4, major, minor)
        case .blockDevice(let major, let minor): (5, major, minor)
        case .fifo: (6, 0, 0)
        }
    }

    fileprivate init?(code: Int, major: Int, minor: Int) {
        switch code {
        case 0: self = .file
        case 1: self = .directory
        case 2: self = .symbolicLink
        case 3: self = .hardLink
        case 4: self = .characterDevice(major: major, minor: minor)
        case 5: self = .blockDevice(major: major, minor: minor)
        case 6: self = .fifo
        default: return nil
        }
    }
}
