import CLinux
import Glibc

/// Extended attributes (xattr(7)), of a link those of itself.
enum ExtendedAttributes {
    /// All of them, by name; a file system may have none.
    ///
    /// - Parameter path: as ``DirectoryCursor/procPath(_:)`` has it.
    ///
    /// Throws ``BuildError`` when they cannot be read.
    static func all(of path: String) throws(BuildError) -> [String: [UInt8]] {
        guard let list = try bytes(path, { llistxattr(path, $0, $1) }), !list.isEmpty else { return [:] }
        var attributes: [String: [UInt8]] = [:]
        for name in list.split(separator: 0) {
            guard let name = String(validating: name, as: UTF8.self) else { continue }
            attributes[name] = try bytes(path) { lgetxattr(path, name, $0, $1) }
        }
        return attributes
    }

    /// What a call gives that tells the size first; `nil` where there is no such thing.
    private static func bytes(
        _ path: String, _ call: (UnsafeMutableRawPointer?, Int) -> Int
    ) throws(BuildError) -> [UInt8]? {
        // It may grow between the two calls.
        for _ in 0..<8 {
            let size = call(nil, 0)
            if size == 0 { return [] }
            if size < 0, errno == EOPNOTSUPP || errno == ENODATA { return nil }
            guard size > 0 else { break }
            var count = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
                count = call(buffer.baseAddress, size)
                initialized = max(0, count)
            }
            if count >= 0 { return bytes }
            guard errno == ERANGE else { break }
        }
        throw BuildError.failed(to: "read the extended attributes of `\(path)`", errno)
    }

    private static func bytes(
        _ path: String, _ call: (UnsafeMutablePointer<CChar>?, Int) -> Int
    ) throws(BuildError) -> [UInt8]? {
        try bytes(path) { (start: UnsafeMutableRawPointer?, size: Int) in
            call(start?.assumingMemoryBound(to: CChar.self), size)
        }
    }
}

/// The extended attributes by which overlayfs notes things of its own (Documentation/filesystems/overlayfs.rst).
enum OverlayAttribute {
    static let trustedPrefix = "trusted.overlay."
    /// In a user namespace, where nothing is trusted.
    static let userPrefix = "user.overlay."
    /// Whichever can be set, where the process is: the first outside of user namespaces.
    static let opaqueNames = [trustedPrefix + "opaque", userPrefix + "opaque"]
    /// The directory hides what lies under it.
    static let opaque: [UInt8] = [UInt8(ascii: "y")]

    /// Whether a layer must neither bring the attribute nor be given it.
    static func isOne(_ name: String) -> Bool { name.hasPrefix(trustedPrefix) || name.hasPrefix(userPrefix) }

    /// Whether it says that the rest of the thing is somewhere else; in user namespaces overlayfs never does that.
    static func isForeign(_ name: String) -> Bool {
        ["redirect", "metacopy"].contains { name == trustedPrefix + $0 }
    }
}
