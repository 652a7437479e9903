import Archive

/// Members of archives that tests write.
enum TarEntryFixture {
    static func file(
        _ path: String, uid: Int = 0, gid: Int = 0, mode: UInt16 = 0o644, modified: Int64 = 1000
    ) -> TarEntry {
        TarEntry(
            path: path, kind: .file, mode: mode, uid: uid, gid: gid, modified: modified,
            extendedAttributes: ["user.note": Array("hello".utf8)])
    }

    static func directory(_ path: String, uid: Int = 0, gid: Int = 0, mode: UInt16 = 0o755) -> TarEntry {
        TarEntry(path: path, kind: .directory, mode: mode, uid: uid, gid: gid, modified: 1000)
    }

    static func symbolicLink(_ path: String, to target: String) -> TarEntry {
        TarEntry(path: path, kind: .symbolicLink, mode: 0o777, modified: 1000, linkTarget: target)
    }

    /// - Parameter file: whose owner and mode the archive says again with the link.
    static func hardLink(_ path: String, to target: String, like file: TarEntry? = nil) -> TarEntry {
        TarEntry(
            path: path, kind: .hardLink, mode: file?.mode ?? 0o644, uid: file?.uid ?? 0, gid: file?.gid ?? 0,
            modified: 1000, linkTarget: target)
    }

    static func device(_ path: String, major: Int, minor: Int) -> TarEntry {
        TarEntry(path: path, kind: .characterDevice(major: major, minor: minor), mode: 0o666, modified: 1000)
    }
}
