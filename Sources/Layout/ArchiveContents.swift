import Archive
import OCI

/// What an archive of images is to hold, by path. Equal contents give equal bytes: sorted, of one time and
/// owner.
struct ArchiveContents {
    enum Member {
        case document([UInt8])
        /// A blob, with what opens its bytes.
        case blob(Descriptor, open: () throws -> Pieces)
    }

    private(set) var members: [String: Member] = [:]

    /// Adds a document under a name of its own.
    mutating func add(_ bytes: [UInt8], as path: String) { members[path] = .document(bytes) }

    /// Adds a blob where an OCI image layout has it; one that is there already is the same.
    mutating func add(_ descriptor: Descriptor, open: @escaping () throws -> Pieces) {
        let path = LayoutBlobs.path(of: descriptor.digest)
        if members[path] == nil { members[path] = .blob(descriptor, open: open) }
    }

    /// Whether the blob is in it, and as what.
    func blob(_ digest: Digest) -> Descriptor? {
        guard case .blob(let descriptor, _) = members[LayoutBlobs.path(of: digest)] else { return nil }
        return descriptor
    }

    /// Writes the archive; the output is not finished.
    func write(to output: OutputFile, _ transfer: VerifiedTransfer) throws {
        var entries = members.mapValues(Optional.init)
        for path in members.keys {
            var folder = path[...]
            while let slash = folder.lastIndex(of: "/") {
                folder = folder[..<slash]
                entries[String(folder)] = .some(nil)
            }
        }
        let sorted = entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        for (path, member) in sorted { try write(member, path, to: output, transfer) }
        try output.write(TarFormat.end)
    }

    private func write(
        _ member: Member?, _ path: String, to output: OutputFile, _ transfer: VerifiedTransfer
    ) throws {
        var header: [UInt8] = []
        guard let member else {
            TarFormat.appendHeader(of: TarEntry(path: path, kind: .directory, mode: 0o755), to: &header)
            return try output.write(header)
        }
        let size: Int64 =
            switch member {
            case .document(let bytes): Int64(bytes.count)
            case .blob(let descriptor, _): descriptor.size
            }
        TarFormat.appendHeader(of: TarEntry(path: path, kind: .file, mode: 0o644, size: size), to: &header)
        try output.write(header)
        switch member {
        case .document(let bytes): try output.write(bytes)
        case .blob(let descriptor, let open):
            try transfer.pass(open(), of: descriptor) { try output.write($0) }
        }
        try output.write([UInt8](repeating: 0, count: TarFormat.padding(after: size)))
    }
}
