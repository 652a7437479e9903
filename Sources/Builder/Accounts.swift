import Archive

/// Users and groups by name, from an image's `/etc/passwd` and `/etc/group`.
struct Accounts {
    private let plan: LayerPlan
    private let tree: LayeredTree

    init(in tree: LayeredTree) {
        self.tree = tree
        plan = LayerPlan(over: tree, epoch: 0)
    }

    /// Who a container's programs are.
    struct Identity: Hashable, Sendable {
        var owner: Attributes.Owner
        /// The groups that `/etc/group` says they are in, sorted.
        var groups: [Int] = []
    }

    /// Reads `USER[:GROUP]`, each a name or a number, as the owner of files.
    ///
    /// A user alone has their own group, as `/etc/passwd` says, and a number that `/etc/passwd` is not asked for has
    /// the group of the same number.
    ///
    /// Throws ``BuildError`` when the image has no account of that name.
    func owner(_ text: String) throws -> Attributes.Owner {
        let (user, group) = try Self.parts(text)
        var owner: Attributes.Owner
        if let uid = Self.id(user) {
            owner = Attributes.Owner(uid: uid, gid: uid)
        } else {
            owner = try account(user)
        }
        if let group { owner.gid = try groupID(group) }
        return owner
    }

    /// Reads `USER[:GROUP]`, each a name or a number, as Docker does for a container's programs: a number, too, is looked
    /// up in `/etc/passwd`, and has group 0 where it does not stand there.
    ///
    /// Throws ``BuildError`` when the image has no account of that name.
    func identity(_ text: String) throws -> Identity {
        // A group alone is root's.
        let (user, group) = try Self.parts(text.isEmpty || text.hasPrefix(":") ? "0\(text)" : text)
        let entry = try users().first { $0[0] == user || Self.id(user) != nil && $0[2] == user }
        var identity: Identity
        if let entry, let uid = Self.id(entry[2]), let gid = Self.id(entry[3]) {
            identity = Identity(owner: Attributes.Owner(uid: uid, gid: gid))
            if group == nil { identity.groups = try groups(of: entry[0]) }
        } else if let uid = Self.id(user) {
            identity = Identity(owner: Attributes.Owner(uid: uid, gid: 0))
        } else {
            throw unknown("user", user, "etc/passwd")
        }
        if let group { identity.owner.gid = try groupID(group) }
        // As Docker has it, the own group is among the others.
        identity.groups = Set(identity.groups + [identity.owner.gid]).sorted()
        return identity
    }

    private static func parts(_ text: String) throws(BuildError) -> (user: String, group: String?) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        guard let user = parts.first, !user.isEmpty else {
            throw BuildError("`\(text)` should be `USER[:GROUP]`")
        }
        return (user, parts.count == 2 && !parts[1].isEmpty ? parts[1] : nil)
    }

    private func account(_ user: String) throws -> Attributes.Owner {
        guard let fields = try users().first(where: { $0[0] == user }), let uid = Self.id(fields[2]),
            let gid = Self.id(fields[3])
        else { throw unknown("user", user, "etc/passwd") }
        return Attributes.Owner(uid: uid, gid: gid)
    }

    private func groupID(_ group: String) throws -> Int {
        if let gid = Self.id(group) { return gid }
        guard let fields = try lines(of: "etc/group").first(where: { $0.count >= 3 && $0[0] == group }),
            let gid = Self.id(fields[2])
        else { throw unknown("group", group, "etc/group") }
        return gid
    }

    private func groups(of user: String) throws -> [Int] {
        let groups = try lines(of: "etc/group").filter { fields in
            fields.count >= 4 && fields[3].split(separator: ",").contains { $0 == user }
        }
        return Set(groups.compactMap { Self.id($0[2]) }).sorted()
    }

    private static func id(_ text: String) -> Int? { UInt32(text).map(Int.init) }

    private func unknown(_ what: String, _ name: String, _ file: String) -> BuildError {
        BuildError(
            "the image has no \(what) `\(name)` in /\(file)", hint: "use a number, or create it before")
    }

    private func users() throws -> [[String]] { try lines(of: "etc/passwd").filter { $0.count >= 4 } }

    private func lines(of file: String) throws -> [[String]] {
        var plan = plan
        guard let node = tree.node(at: try plan.resolve(file)), node.entry.kind == .file else { return [] }
        var bytes: [UInt8] = []
        try tree.read(node) { piece in piece.withUnsafeBytes { bytes.append(contentsOf: $0) } }
        return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
            .map { $0.split(separator: ":", omittingEmptySubsequences: false).map(String.init) }
    }
}
