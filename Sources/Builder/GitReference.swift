/// A Git repository as a Dockerfile or a build context names it: `https://HOST/PATH.git#REF:FOLDER`.
///
/// Which texts are one is BuildKit's rule: `git://`, `ssh://` and `USER@HOST:PATH` always, `http://` and `https://` where
/// the path ends in `.git`. The reference, the folder and more may stand in the query instead.
package struct GitReference: Hashable, Sendable {
    /// The URL without query and fragment.
    package var remote: String
    /// A branch, a tag, a full name or a commit's whole id; `nil` is the default branch.
    package var reference: String?
    /// The folder that is meant; empty for all of the repository.
    package var folder = ""
    /// What the commit's id, or the annotated tag's, has to begin with.
    package var checksum: String?
    /// Whether the files of the repository itself come along, in `.git`; `nil` where it is not said.
    package var keepsGitDirectory: Bool?
    package var hasSubmodules = true
    /// Whether the checksum is a commit's whole id that is taken without asking where the reference leads.
    package var isFetchedByCommit = false

    package init(remote: String, reference: String? = nil, folder: String = "") {
        self.remote = remote
        self.reference = reference
        self.folder = folder
    }

    /// Reads a text; `nil` where it is no Git URL, as with BuildKit.
    ///
    /// Throws ``BuildError`` for a Git URL whose query makes no sense.
    package init?(_ text: String) throws(BuildError) {
        guard let parts = Parts(text) else { return nil }
        remote = parts.remote
        if let fragment = parts.fragment {
            let colon = fragment.firstIndex(of: ":")
            let reference = fragment[..<(colon ?? fragment.endIndex)]
            if !reference.isEmpty { self.reference = String(reference) }
            if let colon { folder = Self.cleaned(fragment[fragment.index(after: colon)...]) }
        }
        for parameter in parts.parameters { try set(parameter, in: text) }
        if let tag = parts.tag { try setReference("refs/tags/", tag, in: text) }
        if let branch = parts.branch {
            guard parts.tag == nil else { throw Self.malformed(text, "it names a branch and a tag") }
            try setReference("refs/heads/", branch, in: text)
        }
    }

    private mutating func set(_ parameter: Parts.Parameter, in text: String) throws(BuildError) {
        let (name, value) = parameter
        let isSwitch = ["submodules", "keep-git-dir", "fetch-by-commit"].contains(name)
        guard isSwitch || !value.isEmpty else { throw Self.malformed(text, "`\(name)` has no value") }
        switch name {
        case "ref": try setReference("", value, in: text)
        case "tag", "branch": break
        case "subdir":
            let path = Self.cleaned(value[...])
            guard folder.isEmpty || folder == path else {
                throw Self.malformed(text, "it names two folders, `\(folder)` and `\(path)`")
            }
            folder = path
        case "checksum", "commit": checksum = value
        case "keep-git-dir": keepsGitDirectory = try Self.bool(parameter, in: text)
        case "submodules": hasSubmodules = try Self.bool(parameter, in: text)
        case "fetch-by-commit": isFetchedByCommit = try Self.bool(parameter, in: text)
        // Both are the commit's time here: files have no other.
        case "mtime" where value == "checkout" || value == "commit": break
        case "mtime": throw Self.malformed(text, "`mtime` is `\(value)`: expected `checkout` or `commit`")
        default: throw Self.malformed(text, "its query has the unknown parameter `\(name)`")
        }
    }

    private mutating func setReference(
        _ prefix: String, _ name: String, in text: String
    ) throws(BuildError) {
        let name = name.hasPrefix(prefix) ? name : prefix + name
        guard reference == nil || reference == name else {
            throw Self.malformed(text, "it names two references, `\(reference ?? "")` and `\(name)`")
        }
        reference = name
    }

    private static func bool(_ parameter: Parts.Parameter, in text: String) throws(BuildError) -> Bool {
        switch parameter.value {
        case "", "1", "t", "T", "true", "TRUE", "True": return true
        case "0", "f", "F", "false", "FALSE", "False": return false
        default:
            throw malformed(text, "`\(parameter.name)` is `\(parameter.value)`: expected `true` or `false`")
        }
    }

    /// A path from the repository's root: what leads out of it stays there, as with BuildKit.
    private static func cleaned(_ path: Substring) -> String {
        var components: [String] = []
        for component in String(path).pathComponents {
            if component == ".." { _ = components.popLast() } else { components.append(component) }
        }
        return components.joined(separator: "/")
    }

    private static func malformed(_ text: String, _ why: String) -> BuildError {
        BuildError("the Git URL `\(text)` is malformed: \(why)", hint: "write it as `URL#REF:FOLDER`")
    }

    /// As it would be written.
    package var description: String {
        let suffix = (reference ?? "") + (folder.isEmpty ? "" : ":" + folder)
        return suffix.isEmpty ? remote : "\(remote)#\(suffix)"
    }
}

/// A Git URL taken to pieces.
private struct Parts {
    typealias Parameter = (name: String, value: String)

    var remote: String
    var fragment: String?
    /// In the order of the text.
    var parameters: [Parameter] = []

    var tag: String? { parameters.last { $0.name == "tag" }?.value }
    var branch: String? { parameters.last { $0.name == "branch" }?.value }

    init?(_ text: String) {
        let bytes = text.utf8
        guard !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return nil }
        let hash = bytes.firstIndex(of: UInt8(ascii: "#"))
        let front = text[..<(hash ?? text.endIndex)]
        let question = front.utf8.firstIndex(of: UInt8(ascii: "?"))
        let place = String(front[..<(question ?? front.endIndex)])
        let rawFragment = hash.map { String(text[text.utf8.index(after: $0)...]) }
        if let scheme = place.urlScheme {
            guard let path = Self.path(of: place, scheme) else { return nil }
            guard !scheme.hasPrefix("http") || path.hasSuffix(".git") else { return nil }
            remote = scheme + place.dropFirst(scheme.utf8.count)
            fragment = rawFragment.map { $0.percentDecoded ?? $0 }
        } else {
            guard Self.isOverSSH(place) else { return nil }
            remote = place
            fragment = rawFragment
        }
        guard let question else { return }
        for pair in front[front.utf8.index(after: question)...].split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let decoded = sides.map { $0.replacing("+", with: " ").percentDecoded ?? String($0) }
            parameters.append((decoded[0], decoded.count > 1 ? decoded[1] : ""))
        }
    }

    /// The decoded path of a URL with one of the schemes that Git has; `nil` for others.
    private static func path(of place: String, _ scheme: String) -> String? {
        guard ["http", "https", "ssh", "git"].contains(scheme) else { return nil }
        let rest = place.dropFirst(scheme.utf8.count + "://".utf8.count)
        let authority = rest.prefix { $0 != "/" }
        guard !authority.isEmpty else { return nil }
        return String(rest[authority.endIndex...]).percentDecoded
    }

    /// `USER@HOST:PATH`.
    private static func isOverSSH(_ place: String) -> Bool {
        guard let at = place.firstIndex(of: "@"),
            let colon = place[at...].firstIndex(of: ":")
        else { return false }
        let user = place[..<at]
        let host = place[place.index(after: at)..<colon]
        let isName: (Character) -> Bool = { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
        return !user.isEmpty && !host.isEmpty && user.allSatisfy { isName($0) || $0 == "_" }
            && host.allSatisfy { isName($0) || $0 == "." }
    }
}

extension String {
    /// The scheme in front of `://`, in lower case; `nil` where there is none.
    var urlScheme: String? {
        guard let end = firstRange(of: "://")?.lowerBound, end > startIndex else { return nil }
        let scheme = self[..<end]
        guard scheme.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }) else { return nil }
        return scheme.lowercased()
    }
}

extension StringProtocol {
    /// The text with each `%` and two hexadecimal digits as the byte that they are; `nil` where a `%` stands alone, or
    /// the bytes are no UTF-8.
    var percentDecoded: String? {
        var bytes: [UInt8] = []
        var rest = Array(utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard rest.count >= 2, digits.allSatisfy(\.isHexDigit), let value = UInt8(digits, radix: 16)
            else {
                return nil
            }
            bytes.append(value)
            rest.removeFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
