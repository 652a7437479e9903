import Builder
import Git

/// What a `.gitmodules` says: where each submodule is, and where its repository is.
struct SubmoduleList {
    struct Submodule: Hashable {
        var path: String
        var url: String
    }

    private(set) var submodules: [Submodule] = []

    /// Reads the file's sections `[submodule "…"]`, as git-config(1) has them; a section without a path or a URL is none.
    init(parsing text: String) {
        var section: [String: String]?
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.drop { $0.isWhitespace }
            if line.first == "[" {
                finish(&section)
                section = line.lowercased().hasPrefix("[submodule") ? [:] : nil
            } else if let equals = line.firstIndex(of: "="), line.first != "#", line.first != ";" {
                let name = line[..<equals].lowercased().filter { !$0.isWhitespace }
                section?[name] = Self.value(line[line.index(after: equals)...])
            }
        }
        finish(&section)
    }

    private mutating func finish(_ section: inout [String: String]?) {
        guard let found = section.take(), let path = found["path"], let url = found["url"], !path.isEmpty,
            !url.isEmpty
        else { return }
        submodules.append(Submodule(path: path, url: url))
    }

    /// A value without the quotes, the comment and the spaces around it.
    private static func value(_ text: Substring) -> String {
        var value = ""
        var isQuoted = false
        var rest = text.drop { $0.isWhitespace }
        while let character = rest.popFirst() {
            switch character {
            case "\"": isQuoted.toggle()
            case "\\": if let next = rest.popFirst() { value.append(next) }
            case "#", ";":
                if !isQuoted { rest = "" } else { value.append(character) }
            default: value.append(character)
            }
        }
        while value.last?.isWhitespace == true { value.removeLast() }
        return value
    }

    /// A submodule's URL: one that begins with `./` or `../` is relative to its repository's (git-submodule(1)).
    static func resolve(_ url: String, against remote: String) throws(BuildError) -> String {
        guard url.hasPrefix("./") || url.hasPrefix("../") else { return url }
        var base = remote.hasSuffix("/") ? String(remote.dropLast()) : remote
        var rest = url[...]
        while true {
            if rest.hasPrefix("./") {
                rest = rest.dropFirst(2)
            } else if rest.hasPrefix("../") {
                rest = rest.dropFirst(3)
                guard let slash = base.lastIndex(of: "/"), !base[..<slash].hasSuffix("/") else {
                    throw BuildError("the submodule URL `\(url)` leads out of the host of `\(remote)`")
                }
                base = String(base[..<slash])
            } else {
                return base + "/" + rest
            }
        }
    }
}
