import Spelling

/// A mount of a `RUN` instruction, its variables replaced and its fields checked.
package struct RunMount: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case bind, cache, tmpfs, secret, ssh
    }

    /// How builds at the same time share a cache.
    package enum Sharing: String, Hashable, Sendable, CaseIterable {
        case shared, `private`, locked
    }

    package var kind: Kind = .bind
    /// A stage or image; `nil` is the build context, and for a cache nothing.
    package var from: String?
    package var source = ""
    package var target = ""
    package var isReadOnly = true
    /// Of a tmpfs, in bytes; zero is no limit.
    package var size: Int64 = 0
    package var id = ""
    package var sharing: Sharing?
    package var isRequired = false
    /// The variable that a secret is put into; empty is the variable named as its id.
    package var environment: String?
    package var mode: UInt32?
    package var userID: UInt32?
    package var groupID: UInt32?

    /// Replaces the variables of `options` and checks its fields.
    package init(_ options: MountOptions, _ expander: WordExpander) throws(DockerfileError) {
        let word = options.word
        var isAutomatic = true
        for field in options.fields {
            guard let written = field.value else {
                try setBare(field.key, &isAutomatic, word)
                continue
            }
            let value = try expander.expand(Word(written, word.range)).text
            if field.key == "from" {
                from = value.isEmpty ? nil : value
            } else {
                try set(field.key, value, &isAutomatic, word)
            }
        }
        if isAutomatic { isReadOnly = kind != .cache && kind != .tmpfs }
        try check(word)
    }

    private mutating func setBare(_ key: String, _ isAutomatic: inout Bool, _ word: Word)
        throws(DockerfileError)
    {
        switch key {
        case "readonly", "ro", "readwrite", "rw", "required": try set(key, "true", &isAutomatic, word)
        default:
            throw word.error("the mount option `\(key.excerpt)` has no value: expected `\(key.excerpt)=…`")
        }
    }

    private mutating func set(
        _ key: String, _ value: String, _ isAutomatic: inout Bool, _ word: Word
    ) throws(DockerfileError) {
        let field = MountField(key: key, value: value, word: word)
        switch key {
        case "type": kind = try field.choice()
        case "source", "src": source = value
        case "target", "dst", "destination": target = value
        case "readonly", "ro":
            isReadOnly = try field.bool()
            isAutomatic = false
        case "readwrite", "rw":
            isReadOnly = try !field.bool()
            isAutomatic = false
        case "required":
            try field.require(kind, [.secret, .ssh])
            isRequired = try field.bool()
        case "size":
            try field.require(kind, [.tmpfs])
            size = try field.size()
        case "id": id = value
        case "sharing": sharing = try field.choice() as Sharing
        case "mode": mode = try field.number(radix: 8)
        case "uid": userID = try field.number(radix: 10)
        case "gid": groupID = try field.number(radix: 10)
        case "env": environment = value
        default: throw field.unknown()
        }
    }

    private func check(_ word: Word) throws(DockerfileError) {
        if kind == .bind || kind == .tmpfs, mode != nil || userID != nil || groupID != nil {
            throw word.error("a mount of type `\(kind.rawValue)` has no `mode`, `uid` or `gid`")
        }
        if sharing != nil, kind != .cache {
            throw word.error("a mount of type `\(kind.rawValue)` has no `sharing`: only a cache has")
        }
        guard kind == .secret else { return }
        if from != nil { throw word.error("a mount of type `secret` has no `from`") }
        if source.isEmpty, target.isEmpty, id.isEmpty {
            throw word.error(
                "a mount of type `secret` needs an `id`", hint: "write `--mount=type=secret,id=NAME`")
        }
        if !source.isEmpty, !id.isEmpty {
            throw word.error("a mount of type `secret` has both `source` and `id`, which mean the same")
        }
    }
}

/// One `key=value` of a mount, and the ways to read it.
private struct MountField {
    let key: String
    let value: String
    let word: Word

    private func mistake(_ expected: String) -> DockerfileError {
        word.error("the mount option `\(key)` is `\(value.excerpt)`: expected \(expected)")
    }

    func bool() throws(DockerfileError) -> Bool {
        guard let bool = Bool(goText: value) else { throw mistake("`true` or `false`") }
        return bool
    }

    func number(radix: Int) throws(DockerfileError) -> UInt32 {
        guard value.first != "+", let number = UInt32(value, radix: radix) else {
            throw mistake(radix == 8 ? "an octal number" : "a whole number")
        }
        return number
    }

    func choice<Choice: RawRepresentable<String> & CaseIterable>() throws(DockerfileError) -> Choice {
        guard let choice = Choice(rawValue: value.lowercased()) else {
            let known = Choice.allCases.map(\.rawValue)
            var error = mistake(known.map { "`\($0)`" }.joined(separator: ", "))
            error.hint = Spelling.nearest(to: value, among: known).map { "did you mean `\($0)`?" }
            throw error
        }
        return choice
    }

    func require(_ kind: RunMount.Kind, _ allowed: [RunMount.Kind]) throws(DockerfileError) {
        guard !allowed.contains(kind) else { return }
        throw word.error(
            "a mount of type `\(kind.rawValue)` has no `\(key)`", hint: "write `type=…` before it")
    }

    /// Bytes, with Docker's units: `64m`, `1.5GiB`; all of them are powers of 1024.
    func size() throws(DockerfileError) -> Int64 {
        var text = value.lowercased()
        if text.hasSuffix("b") { text.removeLast() }
        if text.hasSuffix("i") { text.removeLast() }
        let units = "kmgtp"
        var factor = 1.0
        if let unit = text.last, let place = units.firstIndex(of: unit) {
            for _ in 0...units.distance(from: units.startIndex, to: place) { factor *= 1024 }
            text.removeLast()
        }
        if text.hasSuffix(" ") { text.removeLast() }
        guard text.first?.isNumber == true, text.allSatisfy({ $0.isASCII && $0.isNumber || $0 == "." }),
            let number = Double(text), let size = Int64(exactly: (number * factor).rounded(.down))
        else { throw mistake("a size such as `64m`") }
        return size
    }

    func unknown() -> DockerfileError {
        let known = [
            "type", "from", "source", "target", "readonly", "readwrite", "id", "sharing", "required", "size",
            "mode", "uid", "gid", "env", "src", "dst", "destination", "ro", "rw",
        ]
        return word.error(
            "`--mount` has no option `\(key.excerpt)`",
            hint: Spelling.nearest(to: key, among: known).map { "did you mean `\($0)`?" })
    }
}
