import Archive

extension TarIndex {
    private static let magic = Array("slipway-index-4\n".utf8)

    /// The index in a compact form of its own: numbers as variable-length integers, texts behind their length.
    var encoded: [UInt8] {
        var encoder = CompactEncoder(bytes: Self.magic)
        encoder.put(Int64(members.count))
        for member in members { encoder.put(member) }
        return encoder.bytes
    }

    /// Reads ``encoded``; `nil` where the bytes are not that.
    init?(decoding bytes: [UInt8]) {
        guard bytes.starts(with: Self.magic) else { return nil }
        var decoder = CompactDecoder(bytes: bytes, position: Self.magic.count)
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

extension CompactEncoder {
    fileprivate mutating func put(_ member: TarIndex.Member) {
        put(member.entry)
        put(member.offset ?? -1)
        put(member.content == nil ? 0 : 1)
        if let content = member.content { put(content) }
        put(member.checksum.map(Int64.init) ?? -1)
    }

    /// Everything of an entry: unequal ones give unequal bytes.
    mutating func put(_ entry: TarEntry) {
        put(entry.path.utf8)
        let (kind, major, minor) = entry.kind.code
        put(Int64(kind))
        put(Int64(major))
        put(Int64(minor))
        put(Int64(entry.mode))
        put(Int64(entry.uid))
        put(Int64(entry.gid))
        put(entry.size)
        put(entry.modified)
        put(entry.linkTarget.utf8)
        put(Int64(entry.extendedAttributes.count))
        for (name, value) in entry.extendedAttributes.sorted(by: { $0.key.precedes($1.key) }) {
            put(name.utf8)
            put(value)
        }
    }
}

extension CompactDecoder {
    fileprivate mutating func member() -> TarIndex.Member? {
        guard let entry = entry(), let offset = number(), let hasContent = number() else { return nil }
        var member = TarIndex.Member(entry: entry, offset: offset < 0 ? nil : offset)
        if hasContent == 1 {
            guard let content = slice() else { return nil }
            member.content = Array(content)
        }
        guard let checksum = number() else { return nil }
        member.checksum = UInt32(exactly: checksum)
        return member
    }

    private mutating func entry() -> TarEntry? {
        guard let path = text(), let code = int(), let major = int(), let minor = int(),
            let kind = TarEntry.Kind(code: code, major: major, minor: minor),
            let mode = int().flatMap({ UInt16(exactly: $0) }), let uid = int(), let gid = int(),
            let size = number(), let modified = number(), let target = text(),
            let attributes = attributes()
        else { return nil }
        return TarEntry(
            path: path, kind: kind, mode: mode, uid: uid, gid: gid, size: size, modified: modified,
            linkTarget: target, extendedAttributes: attributes)
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
