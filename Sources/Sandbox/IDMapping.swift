import Glibc

/// Which users' and groups' ids there are for this process, as the kernel has it (user_namespaces(7)).
///
/// Outside of user namespaces all are; in one, files can belong only to ids that it has.
package struct IDMapping: Hashable, Sendable {
    /// One line of the kernel's: ids in the namespace, and whom they are outside of it.
    struct Line: Hashable, Sendable {
        var first: Int
        var outside: Int
        var count: Int

        var ids: Range<Int> { first..<first + count }
    }

    var users: [Line]
    var groups: [Line]

    /// Those of this process.
    package static let current = IDMapping(
        users: lines(of: "/proc/self/uid_map"), groups: lines(of: "/proc/self/gid_map"))

    /// Where there is no such file there are no namespaces either.
    private static func lines(of path: String) -> [Line] {
        let lines = parse(HostFiles.contents(path) ?? "")
        return lines.isEmpty ? [Line(first: 0, outside: 0, count: Int(UInt32.max))] : lines
    }

    static func parse(_ text: String) -> [Line] {
        text.split(separator: "\n").compactMap { line in
            let numbers = line.split(separator: " ").compactMap { Int($0) }
            guard numbers.count == 3 else { return nil }
            return Line(first: numbers[0], outside: numbers[1], count: numbers[2])
        }
    }

    func has(user: Int) -> Bool { users.contains { $0.ids.contains(user) } }

    func has(group: Int) -> Bool { groups.contains { $0.ids.contains(group) } }

    /// Names what files of its ids mean on the disk: what was written under one mapping is wrong under another. Empty
    /// outside of user namespaces.
    package var name: String {
        let whole = [Line(first: 0, outside: 0, count: Int(UInt32.max))]
        if users == whole, groups == whole { return "" }
        return [users, groups].map { lines in
            lines.map { "\($0.first) \($0.outside) \($0.count)" }.joined(separator: ",")
        }.joined(separator: ";")
    }

    /// What to tell somebody whose file or process cannot have an owner; `nil` where it can.
    func objection(toUser user: Int, group: Int) -> String? {
        let missing: (kind: String, id: Int, lines: [Line])
        if !has(user: user) {
            missing = ("user", user, users)
        } else if !has(group: group) {
            missing = ("group", group, groups)
        } else {
            return nil
        }
        let ids = missing.lines.map {
            $0.count == 1 ? "\($0.first)" : "\($0.first)-\($0.first + $0.count - 1)"
        }
        return "there is no \(missing.kind) \(missing.id) in the user namespace of this program, "
            + "which has only \(ids.joined(separator: " and "))"
    }
}
