extension DisplayText {
    /// What a program wrote for a terminal: its escape sequences, which colour it or move the cursor, are left out.
    package init(output: String) {
        self.init(Self.withoutEscapes(output))
    }

    /// ECMA-48, 5.3 to 5.6: how each kind of sequence ends.
    private enum Sequence {
        /// `ESC`: a letter is all of it, and others begin longer ones.
        case escape
        /// `ESC [`: up to a final character.
        case control
        /// `ESC ]` and its like: up to `BEL` or `ESC \`.
        case string
        case stringEscape

        func next(_ scalar: Unicode.Scalar) -> Sequence? {
            switch (self, scalar) {
            case (_, "\u{18}"), (_, "\u{1A}"): nil
            case (.escape, "["): .control
            case (.escape, "]"), (.escape, "P"), (.escape, "X"), (.escape, "^"), (.escape, "_"): .string
            case (.escape, "\u{20}"..."\u{2F}"): .escape
            case (.escape, "\u{1B}"), (.control, "\u{1B}"): .escape
            case (.escape, _): nil
            case (.control, "\u{20}"..."\u{3F}"): .control
            case (.control, _): nil
            case (.string, "\u{07}"), (.stringEscape, "\\"): nil
            case (.string, "\u{1B}"), (.stringEscape, "\u{1B}"): .stringEscape
            case (.string, _), (.stringEscape, _): .string
            }
        }
    }

    private static func withoutEscapes(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0 == "\u{1B}" || $0 == "\u{9B}" }) else { return text }
        var kept = String.UnicodeScalarView()
        var sequence: Sequence?
        for scalar in text.unicodeScalars {
            if let current = sequence {
                sequence = current.next(scalar)
            } else if scalar == "\u{1B}" {
                sequence = .escape
            } else if scalar == "\u{9B}" {
                sequence = .control
            } else {
                kept.append(scalar)
            }
        }
        return String(kept)
    }
}
