import CLinux
import Glibc

/// A file's extended attributes (xattr(7)), links not followed.
enum ExtendedAttributes {
    /// All of them, by name. Throws ``BuildError`` when they cannot be read; a file system may have none.
    static func all(of path: String) throws(BuildError) -> [String: [UInt8]] {
        let list = try bytes(path) { llistxattr(path, $0, $1) }
        var attributes: [String: [UInt8]] = [:]
        for name in list.split(separator: 0) {
            let name = String(decoding: name, as: UTF8.self)
            attributes[name] = try bytes(path) { lgetxattr(path, name, $0, $1) }
        }
        return attributes
    }

    /// What a call gives that tells the size first.
    private static func bytes(
        _ path: String, _ call: (UnsafeMutablePointer<CChar>?, Int) -> Int
    ) throws(BuildError) -> [UInt8] {
        // It may grow between the two calls.
        for _ in 0..<8 {
            let size = call(nil, 0)
            if size == 0 || size < 0 && errno == EOPNOTSUPP { return [] }
            guard size > 0 else { break }
            var count = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
                guard let start = buffer.baseAddress else { return }
                count = start.withMemoryRebound(to: CChar.self, capacity: size) { call($0, size) }
                initialized = max(0, count)
            }
            if count >= 0 { return bytes }
            guard errno == ERANGE else { break }
        }
        throw BuildError(
            "could not read the extended attributes of `\(path)`: \(String(cString: strerror(errno)))")
    }
}
