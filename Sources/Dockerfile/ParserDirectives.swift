/// The `# name=value` comments at the very top of a Dockerfile.
package struct ParserDirectives: Hashable, Sendable {
    /// The front-end that the file asks for; it decides nothing here.
    package var syntax: String?
    package var escape: EscapeCharacter = .backslash
    package var check = CheckOptions()
}

/// What escapes the next character, and continues an instruction at the end of a line.
package enum EscapeCharacter: String, Hashable, Sendable, CaseIterable {
    case backslash = "\\"
    case backtick = "`"

    var scalar: Unicode.Scalar { self == .backslash ? "\\" : "`" }
}

/// Finds directives: they end with the first line that is none.
struct DirectiveReader {
    private(set) var directives = ParserDirectives()
    private var seen: Set<String> = []
    private var isDone = false

    /// Says that an instruction was seen.
    mutating func stop() { isDone = true }

    /// Returns whether the line, its leading white space gone, is a directive.
    mutating func read(_ line: LineSlice) throws(DockerfileError) -> Bool {
        guard !isDone else { return false }
        guard let (name, value) = Self.split(line), ["syntax", "escape", "check"].contains(name) else {
            isDone = true
            return false
        }
        guard seen.insert(name).inserted else {
            throw line.error("the parser directive `\(name)` is there more than once")
        }
        switch name {
        case "syntax": directives.syntax = value.splitAtBlanks.head.text
        // What follows a blank is a remark.
        case "check": directives.check = try CheckOptions(value.splitAtBlanks.head)
        default:
            guard let escape = EscapeCharacter(rawValue: value.text) else {
                throw value.error(
                    "`\(value.text.excerpt)` cannot be the escape character: expected `\\` or `` ` ``")
            }
            directives.escape = escape
        }
        return true
    }

    /// Takes `# name = value` apart: a letter, letters and digits, an equals sign, anything.
    private static func split(_ line: LineSlice) -> (name: String, value: LineSlice)? {
        guard line.scalars.first == "#" else { return nil }
        let rest = line.slice(line.bounds.lowerBound + 1..<line.bounds.upperBound).trimmed
        guard let equals = rest.scalars.firstIndex(of: "=") else { return nil }
        let name = rest.slice(rest.bounds.lowerBound..<equals).trimmed.text.lowercased()
        let value = rest.slice(equals + 1..<rest.bounds.upperBound).trimmed
        guard let first = name.unicodeScalars.first, ("a"..."z").contains(first),
            name.unicodeScalars.allSatisfy({ $0.isASCII && $0.isNamePart && $0 != "_" }), !value.isEmpty
        else { return nil }
        return (name, value)
    }
}

/// What `# check=` asks of the warnings.
package struct CheckOptions: Hashable, Sendable {
    /// Whether no warning is wanted.
    package var skipsAll = false
    /// The names of the rules that are not to warn.
    package var skipped: Set<String> = []
    /// Whether experimental rules are wanted too, which ``skipped`` does not concern.
    package var wantsAllExperiments = false
    /// The names of the experimental rules that are wanted.
    package var experiments: Set<String> = []
    /// Whether a warning makes the build fail.
    package var warningsAreErrors = false

    package init() {}

    /// Reads what `# check=` has behind its equals sign.
    ///
    /// - Parameter source: the name that errors show in place of a file's.
    package init(parsing text: String, source: String) throws(DockerfileError) {
        var line = LogicalLine(source: SourceText(text, file: source))
        line.append(line.source.scalars[...], at: SourcePosition(line: 1, column: 1))
        self = try CheckOptions(line.all.trimmed.splitAtBlanks.head)
    }

    /// Reads `skip=RULE,…;error=true`.
    init(_ options: LineSlice) throws(DockerfileError) {
        for option in options.text.split(separator: ";") {
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts[0].trimmed
            guard parts.count == 2 else {
                throw options.error(
                    "the check option `\(name.excerpt)` has no value: expected `\(name.excerpt)=…`")
            }
            let value = parts[1].trimmed
            switch name {
            case "skip" where value == "all": skipsAll = true
            case "skip": skipped.formUnion(value.split(separator: ",").map(\.trimmed))
            case "experimental" where value == "all": wantsAllExperiments = true
            case "experimental": experiments.formUnion(value.split(separator: ",").map(\.trimmed))
            case "error":
                guard let isError = Bool(goText: value) else {
                    throw options.error(
                        "the check option `error` is `\(value.excerpt)`: expected `true` or `false`")
                }
                warningsAreErrors = isError
            default:
                throw options.error(
                    "the check option `\(name.excerpt)` is not known: expected `skip`, `error` or `experimental`"
                )
            }
        }
    }
}

extension CheckOptions {
    /// The options in the comments right before an instruction: the first that there are, when they are well formed.
    init(comments: [String]) {
        for comment in comments where comment.lowercased().hasPrefix("check") {
            let value = comment.dropFirst(5).drop { $0 == " " || $0 == "\t" }
            guard value.first == "=" else { continue }
            // A malformed option warns of nothing, and skips nothing.
            if let options = try? CheckOptions(parsing: String(value.dropFirst()), source: "") {
                self = options
            }
            return
        }
    }

    /// Whether a rule may warn, by these options and those right before an instruction.
    func allow(_ rule: DockerfileWarning.Rule, _ local: CheckOptions?) -> Bool {
        for options in [self, local].compactMap({ $0 }) {
            if rule.isExperimental {
                if options.wantsAllExperiments || options.experiments.contains(rule.rawValue) { return true }
            } else if options.skipsAll || options.skipped.contains(rule.rawValue) {
                return false
            }
        }
        return !rule.isExperimental
    }
}

extension Substring {
    var trimmed: String {
        var view = unicodeScalars
        while let first = view.first, first.isSpace { view.removeFirst() }
        while let last = view.last, last.isSpace { view.removeLast() }
        return String(view)
    }
}

extension Bool {
    /// Reads what Go's `strconv.ParseBool` does.
    init?(goText text: String) {
        switch text {
        case "1", "t", "T", "TRUE", "true", "True": self = true
        case "0", "f", "F", "FALSE", "false", "False": self = false
        default: return nil
        }
    }
}
