import Glibc

/// The ids that a user may give away, beside the own one (subuid(5), subgid(5)).
struct SubordinateIDs: Hashable, Sendable {
    struct Range: Hashable, Sendable {
        var first: Int
        var count: Int
    }

    var users: [Range]
    var groups: [Range]

    /// Reads the two files.
    ///
    /// - Parameters:
    ///   - name: the user's, where it has one.
    ///   - directory: where the files are: `/etc`.
    ///
    /// Throws ``SandboxError`` when a file has nothing for the user.
    init(of name: String?, uid: Int, in directory: String = "/etc") throws(SandboxError) {
        users = try Self.ranges("\(directory)/subuid", name, uid)
        groups = try Self.ranges("\(directory)/subgid", name, uid)
    }

    private static func ranges(_ file: String, _ name: String?, _ uid: Int) throws(SandboxError) -> [Range] {
        let found = parse(HostFiles.contents(file) ?? "", name, uid)
        guard found.isEmpty else { return found }
        let user = name ?? "\(uid)"
        throw SandboxError(
            .host, "`\(file)` has no line for the user `\(user)`",
            hint: "as root: `usermod --add-subuids 100000-165535 --add-subgids 100000-165535 \(user)`")
    }

    /// Lines are `NAME:FIRST:COUNT`, or have the number of the user instead of the name.
    static func parse(_ text: String, _ name: String?, _ uid: Int) -> [Range] {
        text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count == 3, fields[0] == name ?? "" || fields[0] == "\(uid)",
                let first = Int(fields[1]), let count = Int(fields[2]), first > 0, count > 0
            else { return nil }
            return Range(first: first, count: count)
        }
    }

    /// The arguments of `newuidmap` and `newgidmap` behind the process: the own id is root, and the others follow.
    static func arguments(own: Int, _ ranges: [Range]) -> [String] {
        var words = ["0", "\(own)", "1"]
        var next = 1
        for range in ranges {
            words += ["\(next)", "\(range.first)", "\(range.count)"]
            next += range.count
        }
        return words
    }
}
