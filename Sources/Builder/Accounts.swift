import Archive

/// Users and groups by name, from an image's `/etc/passwd` and `/etc/group`.
struct Accounts {
    private let plan: LayerPlan
    private let tree: LayeredTree

    init(in tree: LayeredTree) {
        self.tree = tree
        plan = LayerPlan(over: tree, epoch: 0)
    }

    /// Reads `USER[:GROUP]`, each a name or a number.
    ///
    /// A user alone has their own group, as `/etc/passwd` says, and a number that `/etc/passwd` is not asked for has
    /// the group of the same number.
    ///
    /// Throws ``BuildError`` when the image has no account of that name.
    func owner(_ text: String) throws -> Attributes.Owner {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        guard let user = parts.first, !user.isEmpty else {
            throw BuildError("`\(text)` should be `USER[:GROUP]`")
        }
        var owner: Attributes.Owner
        if let uid = Self.id(user) {
            owner = Attributes.Owner(uid: uid, gid: uid)
        } else {
            guard let fields = try fields(of: user, in: "etc/passwd"), fields.count >= 4,
                let uid = Self.id(fields[2]), let gid = Self.id(fields[3])
            else { throw unknown("user", user, "etc/passwd") }
            owner = Attributes.Owner(uid: uid, gid: gid)
        }
        guard parts.count == 2, !parts[1].isEmpty else { return owner }
        if let gid = Self.id(parts[1]) {
            owner.gid = gid
        } else {
            guard let fields = try fields(of: parts[1], in: "etc/group"), fields.count >= 3,
                let gid = Self.id(fields[2])
            else { throw unknown("group", parts[1], "etc/group") }
            owner.gid = gid
        }
        return owner
    }

    private static func id(_ text: String) -> Int? { UInt32(text).map(Int.init) }

    private func unknown(_ what: String, _ name: String, _ file: String) -> BuildError {
        BuildError(
            "the image has no \(what) `\(name)` in /\(file)", hint: "use a number, or create it before")
    }

    private func fields(of name: String, in file: String) throws -> [String]? {
        guard let node = tree.node(at: try plan.resolve(file)), node.entry.kind == .file else { return nil }
        var bytes: [UInt8] = []
        try tree.read(node) { piece in piece.withUnsafeBytes { bytes.append(contentsOf: $0) } }
        return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
            .map { $0.split(separator: ":", omittingEmptySubsequences: false).map(String.init) }
            .first { $0.first == name }
    }
}
