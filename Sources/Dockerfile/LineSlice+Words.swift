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
        var text: [Unicode.Scalar] = []
        var start: Int?
        var quote: Unicode.Scalar?
        var index = bounds.lowerBound
        while index < bounds.upperBound {
            let scalar = line.scalars[index]
            if quote == nil, scalar.isSpace {
                if let first = start { words.append(word(text, first..<index)) }
                (start, text) = (nil, [])
                index += 1
                continue
            }
            if start == nil { start = index }
            if scalar == escape.scalar, quote != "'" {
                // An escape character at the very end escapes nothing, and goes.
                text += line.scalars[index..<min(index + 2, bounds.upperBound)]
                if index + 1 == bounds.upperBound { text.removeLast() }
                index += 2
                continue
            }
            if scalar == quote {
                quote = nil
            } else if quote == nil, scalar == "'" || scalar == "\"" {
                quote = scalar
            }
            text.append(scalar)
            index += 1
        }
        if let first = start, !text.isEmpty { words.append(word(text, first..<bounds.upperBound)) }
        return words
    }

    /// The words at the start that begin with `--`, without their quotes and escapes, and what follows them.
    ///
    /// A word that is just `--` ends the flags, and is none.
    func splitFlags(_ escape: EscapeCharacter) -> (flags: [Word], rest: LineSlice) {
        var flags: [Word] = []
        var rest = trimmed
        while rest.scalars.starts(with: ["-", "-"]) {
            let (text, end) = rest.flag(escape)
            let flag = word(text, rest.bounds.lowerBound..<end)
            rest = slice(end..<rest.bounds.upperBound).trimmed
            if flag.text == "--" { break }
            flags.append(flag)
        }
        return (flags, rest)
    }

    /// The text of the flag at the start, and where it ends.
    private func flag(_ escape: EscapeCharacter) -> (text: [Unicode.Scalar], end: Int) {
        var text: [Unicode.Scalar] = []
        var quote: Unicode.Scalar?
        var index = bounds.lowerBound
        while index < bounds.upperBound {
            let scalar = line.scalars[index]
            if quote == nil, scalar.isSpace { break }
            if scalar == escape.scalar {
                text += line.scalars[index + 1..<min(index + 2, bounds.upperBound)]
                index += 2
                continue
            }
            if scalar == quote {
                quote = nil
            } else if quote == nil, scalar == "'" || scalar == "\"" {
                quote = scalar
            } else {
                text.append(scalar)
            }
            index += 1
        }
        return (text, min(index, bounds.upperBound))
    }
}
