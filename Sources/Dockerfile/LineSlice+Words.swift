extension LineSlice {
    /// What stands between blanks; quotes mean nothing.
    var words: [Word] {
        var words: [Word] = []
        var rest = self
        while !rest.isEmpty {
            let (head, tail) = rest.splitAtBlanks
            if !head.isEmpty { words.append(head.word) }
            guard let tail else { break }
            rest = tail
        }
        return words
    }

    /// What stands between white space that is neither quoted nor escaped; quotes and escapes stay in the words.
    func quotedWords(_ escape: EscapeCharacter) -> [Word] {
        var words: [Word] = []
        var rest = trimmed
        while !rest.isEmpty {
            let (text, end) = rest.firstWord(escape, keepsQuotes: true)
            if !text.isEmpty { words.append(word(text, rest.bounds.lowerBound..<end)) }
            rest = slice(end..<rest.bounds.upperBound).trimmed
        }
        return words
    }

    /// The words at the start that begin with `--`, without their quotes and escapes, and what follows them.
    ///
    /// A word that is just `--` ends the flags, and is none.
    func splitFlags(_ escape: EscapeCharacter) -> (flags: [Word], rest: LineSlice) {
        var flags: [Word] = []
        var rest = trimmed
        while rest.scalars.starts(with: ["-", "-"]) {
            let (text, end) = rest.firstWord(escape, keepsQuotes: false)
            let flag = word(text, rest.bounds.lowerBound..<end)
            rest = slice(end..<rest.bounds.upperBound).trimmed
            if flag.text == "--" { break }
            flags.append(flag)
        }
        return (flags, rest)
    }

    /// The text of the word at the start, and where it ends.
    ///
    /// An escape character at the very end escapes nothing, and goes. Within single quotes nothing is escaped,
    /// but in flags BuildKit escapes there too.
    private func firstWord(
        _ escape: EscapeCharacter, keepsQuotes: Bool
    ) -> (text: [Unicode.Scalar], end: Int) {
        var text: [Unicode.Scalar] = []
        var quote: Unicode.Scalar?
        var index = bounds.lowerBound
        while index < bounds.upperBound, quote != nil || !line.scalars[index].isSpace {
            let scalar = line.scalars[index]
            index += 1
            if scalar == escape.scalar, !keepsQuotes || quote != "'" {
                guard index < bounds.upperBound else { break }
                if keepsQuotes { text.append(scalar) }
                text.append(line.scalars[index])
                index += 1
                continue
            }
            let isQuote = quote == nil ? scalar == "'" || scalar == "\"" : scalar == quote
            if isQuote { quote = quote == nil ? scalar : nil }
            if keepsQuotes || !isQuote { text.append(scalar) }
        }
        return (text, index)
    }
}
