/// Text that is safe to show: it moves no cursor and takes one line.
package struct DisplayText: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// Makes line breaks and tabs spaces, and other control characters `U+FFFD`: what others wrote must not steer
    /// the terminal.
    package init(_ text: String) {
        guard text.unicodeScalars.contains(where: Self.isControl) else {
            description = text
            return
        }
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if "\n\r\t".unicodeScalars.contains(scalar) {
                shown.append(" ")
            } else {
                shown.append(Self.isControl(scalar) ? "\u{FFFD}" : scalar)
            }
        }
        description = String(shown)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .control
            // Marks that turn the direction of writing can make a line say something else.
            || (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
    }

    /// The number of columns that the text takes.
    package var width: Int { description.reduce(0) { $0 + Self.width(of: $1) } }

    /// The text in at most `columns` columns, with `…` where something was cut off.
    package func shortened(to columns: Int) -> DisplayText {
        guard width > columns else { return self }
        var (kept, taken) = ("", 0)
        for character in description {
            let next = Self.width(of: character)
            guard taken + next < columns else { break }
            kept.append(character)
            taken += next
        }
        return DisplayText(columns > 0 ? kept + "…" : "")
    }

    /// Two for East Asian wide characters and pictures (Unicode Standard Annex 11), else one.
    private static func width(of character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first else { return 0 }
        let isWide =
            scalar.properties.isEmojiPresentation
            || [
                0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
                0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD,
            ].contains { $0.contains(Int(scalar.value)) }
        return isWide ? 2 : 1
    }
}
