/// A word of a command line, read as Docker reads it.
enum DockerWord: Hashable, Sendable {
    case flag(String, isOn: Bool)
    /// An option and its value, however the two were joined.
    case option(String, value: String)
    /// Whatever is no option of Docker's: it stays as it is.
    case other(String)

    /// What this program's own parser reads the same in.
    var spelling: String {
        switch self {
        case .flag(let name, isOn: true): "--\(name)"
        case .flag(let name, isOn: false): "--\(name)=false"
        // A value that begins with a dash would else be taken for an option.
        case .option(let name, let value): "--\(name)=\(value)"
        case .other(let word): word
        }
    }
}

extension DockerWord {
    /// Reads Docker's options: a value may stick to its letter (`-tapp:1`), letters may stand together (`-qt app:1`),
    /// and a flag may have a value (`--pull=true`).
    ///
    /// Throws ``CommandError`` where a word begins as Docker's and goes on as nobody's.
    static func reading(_ words: some Sequence<String>) throws(CommandError) -> [DockerWord] {
        var result: [DockerWord] = []
        var rest = Array(words)[...]
        while let word = rest.popFirst() {
            if word == "--" { return result + ([word] + rest).map(DockerWord.other) }
            if word.hasPrefix("--") {
                result.append(try long(word, &rest))
            } else if word.hasPrefix("-"), let letter = word.dropFirst().first,
                DockerOption.lettered(letter) != nil
            {
                result += try short(word, &rest)
            } else {
                result.append(.other(word))
            }
        }
        return result
    }

    private static func long(
        _ word: String, _ rest: inout ArraySlice<String>
    ) throws(CommandError) -> DockerWord {
        let (name, value) = nameAndValue(word.dropFirst(2))
        guard let option = DockerOption.named(name) else { return .other(word) }
        switch option.form {
        case .flag: return .flag(name, isOn: try isOn(value, "--\(name)"))
        case .document:
            if let value { return .option(name, value: value) }
            // Docker wants a value, this program has none; a directory is never called so.
            guard let next = rest.first, DocumentRequest.isValue(next) else { return .flag(name, isOn: true) }
            rest.removeFirst()
            return .option(name, value: next)
        case .value, .values:
            guard let value = value ?? rest.popFirst() else { return .other(word) }
            return .option(name, value: value)
        }
    }

    private static func short(
        _ word: String, _ rest: inout ArraySlice<String>
    ) throws(CommandError) -> [DockerWord] {
        var result: [DockerWord] = []
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            guard let option = DockerOption.lettered(letter) else {
                throw CommandError(
                    "unknown option `-\(letter)` in `\(word)`", hint: "see `slipway build --help`",
                    status: .usage)
            }
            if option.form == .flag {
                let value = letters.first == "=" ? String(letters.dropFirst()) : nil
                if value != nil { letters = "" }
                result.append(.flag(option.name, isOn: try isOn(value, "-\(letter)")))
                continue
            }
            let joined = letters.first == "=" ? letters.dropFirst() : letters
            guard let value = letters.isEmpty ? rest.popFirst() : String(joined) else {
                return result + [.other("--\(option.name)")]
            }
            return result + [.option(option.name, value: value)]
        }
        return result
    }

    /// `NAME=VALUE`, or `NAME` alone.
    static func nameAndValue(_ text: Substring) -> (name: String, value: String?) {
        guard let equals = text.firstIndex(of: "=") else { return (String(text), nil) }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }

    private static func isOn(_ value: String?, _ flag: String) throws(CommandError) -> Bool {
        guard let value else { return true }
        guard let isOn = Bool(docker: value) else {
            throw CommandError("`\(flag)=\(value)`: expected `true` or `false`", status: .usage)
        }
        return isOn
    }
}

extension Bool {
    /// Reads what Go's `strconv.ParseBool` takes, as Docker does.
    init?(docker text: some StringProtocol) {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": self = true
        case "0", "f", "F", "false", "FALSE", "False": self = false
        default: return nil
        }
    }
}
