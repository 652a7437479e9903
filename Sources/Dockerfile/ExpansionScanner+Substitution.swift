extension ExpansionScanner {
    /// Reads a substitution whose `${` is read already.
    mutating func substitution() throws(ExpansionProblem) -> String {
        switch next {
        case nil: throw ExpansionProblem("`}` is missing")
        case "{", "}", ":": throw ExpansionProblem("`${` should be followed by a name")
        default: break
        }
        let name = name()
        guard let sign = take() else { throw ExpansionProblem("`}` is missing") }
        switch sign {
        case "}":
            if let value = try look(up: name) { return value }
            return expander.keepsUnset ? "${\(name)}" : ""
        case ":":
            guard let sign = take() else { throw ExpansionProblem("`}` is missing") }
            guard ["-", "+", "?"].contains(sign) else { throw unknown(":\(sign)", name) }
            return try alternative(name, sign, emptyIsUnset: true)
        case "-", "+", "?": return try alternative(name, sign, emptyIsUnset: false)
        case "#", "%": return try trimmed(name, sign)
        case "/": return try replaced(name)
        default: throw unknown("\(sign)", name)
        }
    }

    private func unknown(_ operation: String, _ name: String) -> ExpansionProblem {
        ExpansionProblem("`${\(name.excerpt)\(operation)…}` is not a substitution that Dockerfiles know")
    }

    /// `${name-word}`, `${name+word}`, `${name?message}`.
    private mutating func alternative(
        _ name: String, _ sign: Unicode.Scalar, emptyIsUnset: Bool
    ) throws(ExpansionProblem) -> String {
        let word = try operand(until: "}", keepingEscapes: false)
        let value = try look(up: name)
        if value == nil, expander.keepsUnset { return "${\(name)\(emptyIsUnset ? ":" : "")\(sign)\(word)}" }
        let isSet = value.map { !emptyIsUnset || !$0.isEmpty } ?? false
        switch (sign, isSet) {
        case ("-", false), ("+", true): return word
        case ("+", false): return ""
        case ("?", false):
            let state = value == nil ? "is not set" : "is empty"
            throw ExpansionProblem("`\(name.excerpt)` \(state)" + (word.isEmpty ? "" : ": \(word.excerpt)"))
        default: return value ?? ""
        }
    }

    /// `${name#pattern}` and `${name%pattern}`; the sign twice takes the longest match.
    private mutating func trimmed(_ name: String, _ sign: Unicode.Scalar) throws(ExpansionProblem) -> String {
        var word = try operand(until: "}", keepingEscapes: true)[...]
        guard let value = try look(up: name) else {
            return expander.keepsUnset ? "${\(name)\(sign)\(word)}" : ""
        }
        let takesLongest = word.unicodeScalars.first == sign
        if takesLongest { word = Substring(word.unicodeScalars.dropFirst()) }
        let pattern = try ShellPattern(word, isGreedy: takesLongest)
        try charge(pattern.cost(of: value))
        return sign == "#" ? try pattern.removingPrefix(of: value) : try pattern.removingSuffix(of: value)
    }

    /// `${name/pattern/replacement}`, and `${name//pattern/replacement}` for every match.
    private mutating func replaced(_ name: String) throws(ExpansionProblem) -> String {
        let isEvery = next == "/"
        if isEvery { _ = take() }
        let pattern = try operand(until: "/", keepingEscapes: true)
        let replacement = try operand(until: "}", keepingEscapes: true)
        guard let value = try look(up: name) else {
            return expander.keepsUnset ? "${\(name)/\(pattern)/\(replacement)}" : ""
        }
        let search = try ShellPattern(pattern[...], isGreedy: true)
        try charge(search.cost(of: value))
        let result = try search.replacing(in: value, with: replacement, isEvery: isEvery)
        try charge(result.utf8.count)
        return result
    }
}
