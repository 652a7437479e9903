/// Goes through a word once, and builds its expansion.
struct ExpansionScanner {
    let expander: WordExpander
    private(set) var matched: Set<String> = []
    private(set) var unmatched: Set<String> = []
    /// How much work it was, other than going through the word: about a step for each byte of a variable's value.
    private(set) var cost = 0
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var depth = 0
    /// Inside a pattern escapes stay, so that the pattern can tell `*` from an escaped one.
    private var keepsEscapes: Bool

    private static let longest = 4 << 20
    private static let deepest = 50

    init(_ text: String, _ expander: WordExpander) {
        self.expander = expander
        self.scalars = Array(text.unicodeScalars)
        self.keepsEscapes = expander.keepsEscapes
    }

    mutating func scan() throws(ExpansionProblem) -> (text: String, words: [String]) {
        var text = Scalars()
        var words = WordSplitter()
        try scan(until: nil, &text, &words)
        return (String(scalars: text), words.finish())
    }

    typealias Scalars = [Unicode.Scalar]

    // MARK: Characters

    var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    mutating func take() -> Unicode.Scalar? {
        guard let scalar = next else { return nil }
        position += 1
        return scalar
    }

    private func check(_ count: Int) throws(ExpansionProblem) {
        if count > Self.longest { throw ExpansionProblem("it would be longer than 4 MiB") }
    }

    /// Counts work; throws when it is more than any honest file has.
    mutating func charge(_ steps: Int) throws(ExpansionProblem) {
        let (sum, overflow) = cost.addingReportingOverflow(steps)
        guard !overflow, sum <= ExpansionBudget.most else {
            throw ExpansionProblem("its patterns and values take too many steps")
        }
        cost = sum
    }

    // MARK: Text

    /// Reads to the end, or past `stop`.
    private mutating func scan(
        until stop: Unicode.Scalar?, _ text: inout Scalars, _ words: inout WordSplitter
    ) throws(ExpansionProblem) {
        while let scalar = next {
            if scalar == stop {
                position += 1
                return
            }
            switch scalar {
            case "'" where !expander.ignoresQuotes:
                let quoted = try singleQuoted()
                text += quoted
                words.addQuoted(quoted)
            case "\"" where !expander.ignoresQuotes:
                let quoted = try doubleQuoted()
                text += quoted
                words.addQuoted(quoted)
            case "$":
                let value = try variable()
                text += value
                words.add(value)
            case "<": heredocMark(&text, &words)
            default: plain(&text, &words)
            }
            try check(text.count)
        }
        if let stop { throw ExpansionProblem("`\(stop)` is missing") }
    }

    private mutating func plain(_ text: inout Scalars, _ words: inout WordSplitter) {
        guard let scalar = take() else { return }
        guard scalar == expander.escape.scalar else {
            text.append(scalar)
            words.add([scalar])
            return
        }
        if keepsEscapes {
            text.append(scalar)
            words.addQuoted([scalar])
        }
        // An escape character at the very end escapes nothing, and goes.
        guard let escaped = take() else { return }
        text.append(escaped)
        words.addQuoted([escaped])
    }

    /// The blanks after `<<` do not end a word: they belong to the mark of a here-document.
    private mutating func heredocMark(_ text: inout Scalars, _ words: inout WordSplitter) {
        var mark: Scalars = ["<"]
        position += 1
        if next == "<" {
            mark.append("<")
            position += 1
            while let blank = next, [" ", "\t", "\r"].contains(blank) {
                mark.append(blank)
                position += 1
            }
        }
        text += mark
        words.addQuoted(mark)
    }

    private mutating func singleQuoted() throws(ExpansionProblem) -> Scalars {
        var result: Scalars = expander.keepsQuotes ? ["'"] : []
        position += 1
        while let scalar = take() {
            if scalar == "'" {
                if expander.keepsQuotes { result.append("'") }
                return result
            }
            result.append(scalar)
        }
        throw ExpansionProblem("a single quote is not closed")
    }

    private mutating func doubleQuoted() throws(ExpansionProblem) -> Scalars {
        var result: Scalars = expander.keepsQuotes ? ["\""] : []
        position += 1
        while let scalar = next {
            if scalar == "$" {
                result += try variable()
                try check(result.count)
                continue
            }
            position += 1
            if scalar == "\"" {
                if expander.keepsQuotes { result.append("\"") }
                return result
            }
            if scalar == expander.escape.scalar, let escaped = next, ["\"", "$", scalar].contains(escaped) {
                if keepsEscapes { result.append(scalar) }
                position += 1
                result.append(escaped)
            } else {
                result.append(scalar)
            }
        }
        throw ExpansionProblem("a double quote is not closed")
    }

    // MARK: Variables

    mutating func look(up name: String) throws(ExpansionProblem) -> String? {
        if let value = expander.variables[name] {
            matched.insert(name)
            try charge(value.utf8.count)
            return value
        }
        unmatched.insert(name)
        return nil
    }

    private mutating func variable() throws(ExpansionProblem) -> Scalars {
        position += 1
        if next == "{" {
            position += 1
            depth += 1
            defer { depth -= 1 }
            guard depth <= Self.deepest else { throw ExpansionProblem("its `${…}` are nested too deeply") }
            return Array(try substitution().unicodeScalars)
        }
        let name = name()
        if name.isEmpty { return ["$"] }
        if let value = try look(up: name) { return Array(value.unicodeScalars) }
        return expander.keepsUnset ? ["$"] + Array(name.unicodeScalars) : []
    }

    /// A name, a number, one of the shell's special parameters, or nothing.
    mutating func name() -> String {
        guard let first = next else { return "" }
        let start = position
        if first.isDecimalDigit {
            while next?.isDecimalDigit == true { position += 1 }
        } else if ["@", "*", "#", "?", "-", "$", "!"].contains(first) {
            position += 1
        } else {
            while next?.isNamePart == true { position += 1 }
        }
        return String(scalars: scalars[start..<position])
    }

    /// What stands before `stop`, expanded.
    mutating func operand(until stop: Unicode.Scalar, keepingEscapes: Bool) throws(ExpansionProblem) -> String
    {
        let outer = keepsEscapes
        keepsEscapes = keepingEscapes
        defer { keepsEscapes = outer }
        var text = Scalars()
        var words = WordSplitter()
        try scan(until: stop, &text, &words)
        return String(scalars: text)
    }
}

/// Splits what it is given at white space.
struct WordSplitter {
    private var words: [String] = []
    private var word: [Unicode.Scalar] = []

    mutating func add(_ text: [Unicode.Scalar]) {
        for scalar in text {
            if !scalar.isSpace { word.append(scalar) } else if !word.isEmpty { endWord() }
        }
    }

    mutating func addQuoted(_ text: [Unicode.Scalar]) { word += text }

    mutating func finish() -> [String] {
        if !word.isEmpty { endWord() }
        return words
    }

    private mutating func endWord() {
        words.append(String(scalars: word))
        word = []
    }
}
