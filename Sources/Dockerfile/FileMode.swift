/// `--chmod`: an octal number up to 7777, or changes as in chmod(1), such as `u=rwX,go=rX`.
package struct FileMode: Hashable, Sendable {
    private enum Meaning: Hashable {
        case number(UInt16)
        case changes([ModeChange])
    }

    private let meaning: Meaning

    /// Throws when the expanded word is no mode.
    package init(_ word: Word) throws(DockerfileError) {
        guard let meaning = Self.meaning(word.text) else {
            throw word.error(
                "`\(word.text.excerpt)` is no file mode: expected an octal number up to 7777, or changes such as `u=rwX,go=rX`"
            )
        }
        self.meaning = meaning
    }

    private static func meaning(_ text: String) -> Meaning? {
        if let first = text.utf8.first, (48...57).contains(first) {
            guard let number = UInt16(text, radix: 8), number <= 0o7777 else { return nil }
            return .number(number)
        }
        var changes: [ModeChange] = []
        for clause in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let parsed = ModeChange.changes(clause) else { return nil }
            changes += parsed
        }
        return .changes(changes)
    }

    /// The mode where it is a number, which needs no file to apply to.
    package var number: UInt16? {
        if case .number(let number) = meaning { number } else { nil }
    }

    /// The mode that a file with `mode` gets: its lowest twelve bits, without the file's type.
    package func applied(to mode: UInt16, isDirectory: Bool) -> UInt16 {
        switch meaning {
        case .number(let number): return number
        case .changes(let changes):
            var result = mode & 0o7777
            for change in changes {
                change.apply(to: &result, executable: isDirectory || mode & 0o111 != 0)
            }
            return result
        }
    }
}

/// One operation of a symbolic mode, as `g+w` or `o=u`.
struct ModeChange: Hashable {
    /// The bits of the classes that it is about, special ones with them.
    private var who: UInt16
    private var operation: Character
    private var bits: UInt16 = 0
    private var hasConditionalExecute = false
    /// How far right the class stands whose permissions are copied.
    private var copied: UInt16?

    private static let classes: [Character: UInt16] = ["u": 0o4700, "g": 0o2070, "o": 0o1007, "a": 0o7777]
    private static let permissions: [Character: UInt16] = [
        "r": 0o444, "w": 0o222, "x": 0o111, "s": 0o6000, "t": 0o1000,
    ]

    /// Reads `[ugoa]*([-+=]([rwxXst]*|[ugo]))+`; no class at all means each.
    static func changes(_ clause: Substring) -> [ModeChange]? {
        var rest = clause
        var who: UInt16 = 0
        while let letter = rest.first, let mask = classes[letter] {
            who |= mask
            rest.removeFirst()
        }
        var changes: [ModeChange] = []
        while let operation = rest.popFirst() {
            guard "+-=".contains(operation) else { return nil }
            var change = ModeChange(who: who == 0 ? 0o7777 : who, operation: operation)
            while let letter = rest.first, !"+-=".contains(letter) {
                guard change.add(letter) else { return nil }
                rest.removeFirst()
            }
            changes.append(change)
        }
        return changes.isEmpty ? nil : changes
    }

    private init(who: UInt16, operation: Character) {
        self.who = who
        self.operation = operation
    }

    private mutating func add(_ letter: Character) -> Bool {
        if let permission = Self.permissions[letter], copied == nil {
            bits |= permission
        } else if letter == "X", copied == nil {
            hasConditionalExecute = true
        } else if let shift = ["u": 6, "g": 3, "o": 0][letter] as UInt16?, bits == 0, !hasConditionalExecute {
            copied = shift
        } else {
            return false
        }
        return true
    }

    func apply(to mode: inout UInt16, executable: Bool) {
        var bits = bits
        if hasConditionalExecute, executable { bits |= 0o111 }
        if let copied { bits |= (mode >> copied & 0o7) * 0o111 }
        switch operation {
        case "+": mode |= bits & who
        case "-": mode &= ~(bits & who)
        default: mode = mode & ~who | bits & who
        }
    }
}
