import CLibarchive

/// Reads tar archives of any flavour and common compression, as others wrote them, through libarchive.
///
/// Used from one thread; blocks. Memory is constant.
package final class TarReader {
    private let archive: OpaquePointer
    private let box: SourceBox
    /// Whether the last entry's content is stored with holes left out.
    private(set) var isSparse = false
    /// How much of the last entry's content is yet to come, in bytes.
    private var rest: Int64 = 0
    private static let contentSize = 256 << 10

    /// - Parameters:
    ///   - source: gives the archive's next bytes, and none at the end.
    ///   - skip: passes over as many bytes as it is told, of an archive that is not compressed, and returns how many
    ///     it did; without it they are read.
    package init(
        _ source: @escaping () throws -> [UInt8], skip: ((Int64) throws -> Int64)? = nil
    ) throws(ArchiveError) {
        guard let archive = archive_read_new() else {
            throw ArchiveError("read an archive", message: "libarchive has no memory")
        }
        self.archive = archive
        box = SourceBox(source, skip: skip)
        supportCompressions(archive)
        archive_read_support_format_tar(archive)
        archive_read_support_format_empty(archive)
        if skip != nil { archive_read_set_skip_callback(archive, skipBytes) }
        // The box outlives the archive: both are this object's.
        let status = archive_read_open(
            archive, Unmanaged.passUnretained(box).toOpaque(), nil, lendBytes, nil)
        guard status == ARCHIVE_OK else { throw failure("read an archive") }
    }

    deinit { archive_read_free(archive) }

    /// The next entry, or `nil` at the end. What was not read of the last one's content is skipped.
    ///
    /// Throws ``ArchiveError`` for what is no tar archive, is damaged, or holds a name that is not UTF-8 or leads
    /// out of the archive's root; and what the source throws.
    package func next() throws -> TarEntry? {
        var pointer: OpaquePointer?
        let status = archive_read_next_header(archive, &pointer)
        if status == ARCHIVE_EOF { return nil }
        guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let pointer else {
            throw box.failure ?? failure("read an archive")
        }
        isSparse = archive_entry_sparse_count(pointer) > 0
        rest = max(0, archive_entry_size(pointer))
        return try entry(pointer)
    }

    /// Where the last header began that was looked for, in bytes of the uncompressed archive; behind the last entry it
    /// is where the archive ends.
    var headerPosition: Int64 { archive_read_header_position(archive) }

    /// The next bytes of the last entry's content, and none at its end.
    package func content() throws -> [UInt8] {
        var status = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.contentSize) { buffer, count in
            status = archive_read_data(archive, buffer.baseAddress, buffer.count)
            count = max(0, status)
        }
        guard status >= 0 else { throw box.failure ?? failure("read an archive's entry") }
        guard isSparse else { return bytes }
        // A hole at the end is told by nothing but the size, and by more zeros when libarchive is asked again.
        let content =
            bytes.isEmpty
            ? [UInt8](repeating: 0, count: Int(min(rest, Int64(Self.contentSize))))
            : Array(bytes.prefix(Int(clamping: rest)))
        rest -= Int64(content.count)
        return content
    }

    private func failure(_ operation: String) -> ArchiveError {
        ArchiveError(
            operation, message: archive_error_string(archive).map { String(cString: $0) } ?? "no reason given"
        )
    }

    private func entry(_ pointer: OpaquePointer) throws(ArchiveError) -> TarEntry {
        let path = try text(archive_entry_pathname(pointer), of: "name")
        let hardLink = archive_entry_hardlink(pointer)
        let target = hardLink ?? archive_entry_symlink(pointer)
        let kind = try kind(pointer, isHardLink: hardLink != nil, path)
        var linkTarget = target == nil ? "" : try text(target, of: "link target")
        if kind == .hardLink { linkTarget = try Self.normalized(linkTarget) }
        if kind == .hardLink || kind == .symbolicLink, linkTarget.isEmpty {
            throw ArchiveError("read an archive", message: "`\(path)` is a link to nothing")
        }
        let (uid, gid) = (archive_entry_uid(pointer), archive_entry_gid(pointer))
        let ids = 0...la_int64_t(UInt32.max)
        guard ids.contains(uid), ids.contains(gid) else {
            throw ArchiveError("read an archive", message: "`\(path)` has an owner that cannot be")
        }
        return TarEntry(
            path: try Self.normalized(path), kind: kind, mode: UInt16(archive_entry_perm(pointer) & 0o7777),
            uid: Int(uid), gid: Int(gid), size: kind == .file ? try size(pointer, path) : 0,
            modified: Int64(archive_entry_mtime(pointer)), linkTarget: linkTarget,
            extendedAttributes: extendedAttributes(pointer))
    }

    private func text(_ pointer: UnsafePointer<CChar>?, of what: String) throws(ArchiveError) -> String {
        guard let pointer, let text = String(validatingCString: pointer) else {
            throw ArchiveError("read an archive", message: "an entry's \(what) is not UTF-8")
        }
        // Whoever follows a longer one name by name would need as many steps.
        guard text.utf8.count < pathLimit else {
            throw ArchiveError(
                "read an archive",
                message: "an entry's \(what) has \(text.utf8.count) bytes, and a path of Linux less than "
                    + "\(pathLimit): `\(text.prefix(60))…`")
        }
        return text
    }

    private func kind(
        _ pointer: OpaquePointer, isHardLink: Bool, _ path: String
    ) throws(ArchiveError) -> TarEntry.Kind {
        if isHardLink { return .hardLink }
        switch archive_entry_filetype(pointer) {
        case 0o100000: return .file
        case 0o040000: return .directory
        case 0o120000: return .symbolicLink
        case 0o020000:
            let (major, minor) = try deviceNumbers(pointer, path)
            return .characterDevice(major: major, minor: minor)
        case 0o060000:
            let (major, minor) = try deviceNumbers(pointer, path)
            return .blockDevice(major: major, minor: minor)
        case 0o010000: return .fifo
        case let type:
            throw ArchiveError(
                "read an archive", message: "`\(path)` is of the unknown type \(String(type, radix: 8))")
        }
    }

    /// Linux's are of twelve and twenty bits.
    private func deviceNumbers(
        _ pointer: OpaquePointer, _ path: String
    ) throws(ArchiveError) -> (major: Int, minor: Int) {
        let (major, minor) = (archive_entry_rdevmajor(pointer), archive_entry_rdevminor(pointer))
        guard major < 1 << 12, minor < 1 << 20 else {
            throw ArchiveError("read an archive", message: "`\(path)` is a device that cannot be")
        }
        return (Int(major), Int(minor))
    }

    private func size(_ pointer: OpaquePointer, _ path: String) throws(ArchiveError) -> Int64 {
        let size = archive_entry_size(pointer)
        guard size >= 0 else {
            throw ArchiveError("read an archive", message: "`\(path)` has a size that cannot be")
        }
        return size
    }

    private func extendedAttributes(_ pointer: OpaquePointer) -> [String: [UInt8]] {
        var attributes: [String: [UInt8]] = [:]
        archive_entry_xattr_reset(pointer)
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var size = 0
        while archive_entry_xattr_next(pointer, &name, &value, &size) == ARCHIVE_OK {
            guard let name else { continue }
            attributes[String(cString: name)] = Array(UnsafeRawBufferPointer(start: value, count: size))
        }
        return attributes
    }

    /// A name without leading slashes, `.` components and trailing slashes; empty for the root.
    private static func normalized(_ path: String) throws(ArchiveError) -> String {
        if isNormal(path) { return path }
        // By scalars: a combining mark behind a slash makes one character of both.
        let parts = path.unicodeScalars.split(separator: "/").filter { !$0.elementsEqual(".".unicodeScalars) }
        guard !parts.contains(where: { $0.elementsEqual("..".unicodeScalars) }) else {
            throw ArchiveError("read an archive", message: "`\(path)` leads out of its root")
        }
        return parts.map { String($0) }.joined(separator: "/")
    }

    /// Most names are normal already: this looks at each byte once.
    private static func isNormal(_ path: String) -> Bool {
        var componentLength = 0
        var dots = 0
        for byte in path.utf8 {
            if byte == UInt8(ascii: "/") {
                if componentLength == 0 || dots == componentLength { return false }
                (componentLength, dots) = (0, 0)
            } else {
                componentLength += 1
                if byte == UInt8(ascii: ".") { dots += 1 }
            }
        }
        return componentLength > 0 && dots < componentLength
    }
}

/// What Linux takes at most for a path, its end included (`PATH_MAX`).
private let pathLimit = 4096
