/// Writes licenses as SPDX expressions, and keeps what the SPDX License List does not have (SPDX 2.3, annex D).
struct LicenseReferences {
    /// The texts that are no listed license, by the `LicenseRef-…` that stands for each.
    private(set) var texts: [String: String] = [:]
    private var identifiers: [String: String] = [:]

    /// The expression for what a package says of its license; `NOASSERTION` where it says nothing.
    ///
    /// A text of another form is a license of its own; so is a name in an expression that the list does not have.
    mutating func expression(for license: String?) -> String {
        let text = Substring(license ?? "").trimmed.oneLine
        guard !text.isEmpty, text.lowercased() != "noassertion", text.lowercased() != "unknown" else {
            return "NOASSERTION"
        }
        if text.uppercased() == "NONE" { return "NONE" }
        var parser = LicenseParser(text)
        guard let terms = parser.expression() else { return reference(to: text) }
        return terms.map { term in
            switch term {
            case .listed(let text): text
            case .unlisted(let text): reference(to: text)
            }
        }.joined()
    }

    private mutating func reference(to text: String) -> String {
        if let known = identifiers[text] { return known }
        let bare = Substring(text).dropping(prefix: "LicenseRef-") ?? Substring(text)
        let name = bare.identifier(limit: 80)
        var identifier = "LicenseRef-\(name)"
        var number = 1
        while texts[identifier] != nil {
            number += 1
            identifier = "LicenseRef-\(name)-\(number)"
        }
        texts[identifier] = text
        identifiers[text] = identifier
        return identifier
    }
}

/// Reads an SPDX license expression; operators may be in lower case, as many packages have them.
private struct LicenseParser {
    enum Term {
        /// Operators, parentheses, and what the list has.
        case listed(String)
        case unlisted(String)
    }

    private var tokens: ArraySlice<Substring>
    private var terms: [Term] = []
    private static let operators: Set<String> = ["AND", "OR", "WITH"]
    /// No real expression comes near it.
    private static let maximumDepth = 32

    init(_ text: String) {
        var spaced = ""
        for scalar in text.unicodeScalars {
            spaced += scalar == "(" || scalar == ")" ? " \(scalar) " : String(scalar)
        }
        tokens = Substring(spaced).words[...]
    }

    /// The whole expression in pieces; `nil` where the text is none.
    mutating func expression() -> [Term]? {
        guard alternatives(depth: 0), tokens.isEmpty else { return nil }
        return terms
    }

    private mutating func alternatives(depth: Int) -> Bool {
        guard depth < Self.maximumDepth, license(depth: depth) else { return false }
        while let next = tokens.first, next != ")" {
            let word = next.uppercased()
            guard word == "AND" || word == "OR" else { return false }
            tokens.removeFirst()
            terms.append(.listed(" \(word) "))
            guard license(depth: depth) else { return false }
        }
        return true
    }

    private mutating func license(depth: Int) -> Bool {
        guard let first = tokens.popFirst(), first != ")", !Self.operators.contains(first.uppercased()) else {
            return false
        }
        guard first == "(" else { return simple(first) }
        terms.append(.listed("("))
        guard alternatives(depth: depth + 1), tokens.popFirst() == ")" else { return false }
        terms.append(.listed(")"))
        return true
    }

    private mutating func simple(_ name: Substring) -> Bool {
        let listed = Self.listed(name)
        guard tokens.first?.uppercased() == "WITH" else {
            terms.append(listed.map(Term.listed) ?? .unlisted(String(name)))
            return true
        }
        tokens.removeFirst()
        guard let exception = tokens.popFirst(), exception != "(", exception != ")" else { return false }
        if let listed, let known = LicenseList.exception(exception) {
            terms.append(.listed("\(listed) WITH \(known)"))
        } else {
            terms.append(.unlisted("\(name) WITH \(exception)"))
        }
        return true
    }

    /// A listed name, with the `+` for later versions.
    private static func listed(_ name: Substring) -> String? {
        if let known = LicenseList.license(name) { return known }
        guard name.utf8.last == UInt8(ascii: "+") else { return nil }
        return LicenseList.license(name.dropLast()).map { "\($0)+" }
    }
}

extension Substring {
    /// Letters, digits, dots and dashes, as SPDX's identifiers have: runs of anything else are a dash.
    func identifier(limit: Int) -> String {
        var bytes: [UInt8] = []
        for byte in utf8.prefix(limit) {
            if byte.isLetterOrDigit || byte == UInt8(ascii: ".") {
                bytes.append(byte)
            } else if bytes.last != UInt8(ascii: "-") {
                bytes.append(UInt8(ascii: "-"))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
