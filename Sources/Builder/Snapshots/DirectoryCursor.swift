import CLinux
import Glibc

/// An open directory below a root, which moves from place to place one name at a time, and never through a symbolic
/// link.
///
/// It holds one descriptor however deep it is. Paths are as in ``FileTree``. All calls block.
struct DirectoryCursor: ~Copyable {
    /// The directory's descriptor, until the next move.
    private(set) var number: Int32
    /// The root, as errors tell it.
    private let root: String
    private var path = PathKey("")
    private var components: [String] = []

    /// Throws ``BuildError`` where there is no directory, or a link to one.
    init(_ root: String) throws(BuildError) {
        self.root = root
        number = open(root, Self.flags)
        guard number >= 0 else { throw BuildError.failed(to: "open the directory `\(root)`", errno) }
    }

    deinit { close(number) }

    private static let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC

    /// Goes to a directory. Throws ``BuildError`` when it, or one above it, is none.
    mutating func move(to place: String) throws(BuildError) {
        let key = PathKey(place)
        guard key != path else { return }
        let target = place.pathComponents
        var common = 0
        while common < min(components.count, target.count),
            PathKey(components[common]) == PathKey(target[common])
        {
            common += 1
        }
        while components.count > common {
            try step("..")
            components.removeLast()
        }
        for name in target[common...] {
            try step(name)
            components.append(name)
        }
        path = key
    }

    private mutating func step(_ name: String) throws(BuildError) {
        let next = openat(number, name, Self.flags)
        guard next >= 0 else {
            let code = errno
            // Where it stands now is what it got to.
            path = PathKey(components.joined(separator: "/"))
            throw BuildError.failed(to: "open the directory `\(root)/\(path.text)/\(name)`", code)
        }
        close(number)
        number = next
    }

    /// What the directory holds, as the file system has it, in no order.
    func names() throws(BuildError) -> [FileName] {
        guard let stream = DirectoryStream(again: number) else { throw failure("list", "", errno) }
        var names: [FileName] = []
        guard stream.visit({ names.append(FileName($0)) }) else { throw failure("list", "", errno) }
        return names
    }

    /// What stands under a name; a link itself.
    func status(of name: String) throws(BuildError) -> stat {
        var status = stat()
        guard fstatat(number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            throw failure("look at", name, errno)
        }
        return status
    }

    /// A path of what stands under a name, for calls that take no descriptor.
    func procPath(_ name: String) -> String { "/proc/self/fd/\(number)/\(name)" }

    /// An error of this process about a name in the directory.
    func failure(_ operation: String, _ name: String, _ code: Int32) -> BuildError {
        let inside = name.isEmpty ? path.text : path.text.appending(component: name)
        return BuildError.failed(to: "\(operation) `\(root)/\(inside)`", code)
    }
}

/// A name in a directory, which need not be UTF-8.
struct FileName {
    /// With the zero at its end.
    let bytes: [CChar]

    init(_ name: UnsafePointer<CChar>) {
        bytes = Array(UnsafeBufferPointer(start: name, count: strlen(name) + 1))
    }

    /// `nil` where it is not UTF-8.
    var text: String? {
        bytes.withUnsafeBufferPointer { $0.baseAddress.flatMap(String.init(validatingCString:)) }
    }

    /// The name with what is not UTF-8 replaced.
    var shown: String { String(decoding: bytes.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self) }
}

extension BuildError {
    /// What the operating system said.
    static func failed(to operation: String, _ code: Int32) -> BuildError {
        let hint: String? =
            switch code {
            case EPERM:
                "layers are laid out as directories by root alone, on a file system that takes all of it"
            case ENOSPC, EDQUOT: "make room on the disk of the build cache"
            default: nil
            }
        return BuildError("could not \(operation): \(String(cString: strerror(code)))", hint: hint)
    }
}
