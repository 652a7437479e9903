/// How a server wants to be told who asks (RFC 9110, section 11.6.1).
struct Challenge: Equatable, Sendable {
    /// In lower case: `basic`, `bearer`.
    let scheme: String
    /// By name in lower case.
    var parameters: [String: String]

    /// Reads the values of `WWW-Authenticate`; each may hold several challenges.
    static func parse(_ values: [String]) -> [Challenge] {
        var challenges: [Challenge] = []
        for part in values.flatMap(splitAtCommas) {
            let (scheme, parameter) = split(part)
            if let scheme { challenges.append(Challenge(scheme: scheme.lowercased(), parameters: [:])) }
            guard !challenges.isEmpty, let equals = parameter.firstIndex(of: "=") else { continue }
            let name = parameter[..<equals].trimmed.lowercased()
            let value = parameter[parameter.index(after: equals)...].trimmed
            challenges[challenges.count - 1].parameters[name] = unquoted(value)
        }
        return challenges
    }

    /// Splits `Bearer realm="x"` into scheme and parameter, and leaves `service="y"` whole.
    private static func split(_ part: Substring) -> (scheme: Substring?, parameter: Substring) {
        let word = part.prefix { $0 != " " && $0 != "=" }
        let rest = part[word.endIndex...].trimmed
        return rest.hasPrefix("=") ? (nil, part) : (word, rest)
    }

    private static func splitAtCommas(_ text: String) -> [Substring] {
        var parts: [Substring] = []
        var start = text.startIndex
        var (isQuoted, isEscaped) = (false, false)
        for index in text.indices {
            let character = text[index]
            if isEscaped {
                isEscaped = false
            } else if isQuoted, character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
            } else if character == ",", !isQuoted {
                parts.append(text[start..<index].trimmed)
                start = text.index(after: index)
            }
        }
        parts.append(text[start...].trimmed)
        return parts.filter { !$0.isEmpty }
    }

    private static func unquoted(_ text: Substring) -> String {
        guard text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return String(text) }
        var value = ""
        var isEscaped = false
        for character in text.dropFirst().dropLast() {
            if !isEscaped, character == "\\" {
                isEscaped = true
            } else {
                value.append(character)
                isEscaped = false
            }
        }
        return value
    }
}

extension Substring {
    /// The text without blanks around it.
    var trimmed: Substring {
        var text = drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}

/// What a token may do: actions by resource, as `repository:library/busybox:pull` (Docker's token specification).
struct AccessScopes: Hashable, Sendable {
    private var actions: [String: Set<String>] = [:]

    init() {}

    /// Reads scopes separated by blanks.
    init(parsing text: some StringProtocol) {
        for scope in Substring(text).split(separator: " " as Character) {
            guard let colon = scope.lastIndex(of: ":") else { continue }
            let names = scope[scope.index(after: colon)...].split(separator: ",").map(String.init)
            actions[String(scope[..<colon]), default: []].formUnion(names)
        }
    }

    /// Actions on a repository.
    static func repository(_ name: some CustomStringConvertible, _ actions: String) -> AccessScopes {
        AccessScopes(parsing: "repository:\(name):\(actions)")
    }

    func union(_ other: AccessScopes) -> AccessScopes {
        var union = self
        union.actions.merge(other.actions) { $0.union($1) }
        return union
    }

    /// One text a resource, in the same order each time.
    var parameters: [String] {
        actions.sorted { $0.key < $1.key }
            .map { "\($0.key):\($0.value.sorted().joined(separator: ","))" }
    }
}
