import Glibc

/// The places that a runtime makes in a file system to mount something on, where there were none.
///
/// They are no work of the process: what of them is as it was made is taken out of the upper directory again. All
/// calls block.
struct MountStubs {
    /// A directory that was there before, and may be copied up only because a stub was made in it.
    private struct Parent {
        var path: String
        var status: stat
    }

    /// Paths that were not there, those above before those below.
    private var missing: [String] = []
    private var parents: [Parent] = []
    private static let maximumLinks = 40

    /// Looks at a file system before the runtime does.
    ///
    /// - Parameters:
    ///   - targets: absolute, as the container has them.
    ///   - root: where the file system is mounted.
    init(_ targets: [String], in root: String) {
        for target in targets { look(at: target, in: root) }
    }

    private mutating func look(at target: String, in root: String) {
        var rest = Array(Self.components(target).reversed())
        var path = ""
        var links = 0
        while let component = rest.popLast() {
            if component == ".." {
                path = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
                continue
            }
            let next = path + "/" + component
            var status = stat()
            guard lstat(root + next, &status) == 0 else {
                addParent(path, in: root)
                addMissing(next, rest)
                return
            }
            guard status.st_mode & S_IFMT == S_IFLNK, links < Self.maximumLinks else {
                path = next
                continue
            }
            links += 1
            let link = Self.target(ofLink: root + next)
            if link.hasPrefix("/") { path = "" }
            rest += Self.components(link).reversed()
        }
    }

    private mutating func addMissing(_ first: String, _ rest: [String]) {
        var path = first
        var paths = [path]
        for component in rest.reversed() where component != ".." {
            path += "/" + component
            paths.append(path)
        }
        missing += paths.filter { !missing.contains($0) }
    }

    private mutating func addParent(_ path: String, in root: String) {
        var status = stat()
        guard !path.isEmpty, !parents.contains(where: { $0.path == path }), lstat(root + path, &status) == 0
        else { return }
        parents.append(Parent(path: path, status: status))
        addParent(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]), in: root)
    }

    private static func components(_ path: String) -> [String] {
        path.split(separator: "/").map(String.init).filter { $0 != "." }
    }

    private static func target(ofLink path: String) -> String {
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, count in
            guard let start = buffer.baseAddress else { return }
            count = start.withMemoryRebound(to: CChar.self, capacity: buffer.count) {
                max(0, readlink(path, $0, buffer.count))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Takes out of the upper directory what the runtime made and the process left as it was.
    func remove(from upper: String) {
        for path in missing.reversed() { Self.removeEmpty(upper + path) }
        for parent in parents.sorted(by: { $0.path.utf8.count > $1.path.utf8.count }) {
            restore(parent, in: upper)
        }
    }

    /// Only an empty file or directory goes; any other failure leaves it to the layer.
    private static func removeEmpty(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        switch status.st_mode & S_IFMT {
        case S_IFREG where status.st_size == 0: unlink(path)
        case S_IFDIR: rmdir(path)
        default: break
        }
    }

    /// A directory that holds no change, and is as it was but for its time, was copied up for the stub alone.
    private func restore(_ parent: Parent, in upper: String) {
        var status = stat()
        let path = upper + parent.path
        let before = parent.status
        guard lstat(path, &status) == 0, status.st_mode == before.st_mode, status.st_uid == before.st_uid,
            status.st_gid == before.st_gid
        else { return }
        rmdir(path)
    }
}
