/// What is wrong with a Dockerfile or a `.dockerignore`, and where.
package struct DockerfileError: Error, Hashable, Sendable, CustomStringConvertible {
    package var range: SourceRange
    /// One sentence without a period.
    package var message: String
    /// The next step, where there is one.
    package var hint: String?

    package init(_ range: SourceRange, _ message: String, hint: String? = nil) {
        self.range = range
        self.message = message
        self.hint = hint
    }

    package var file: String { range.file }

    /// `FILE:LINE:COLUMN: message (hint)`.
    package var description: String { "\(range): \(message)" + (hint.map { " (\($0))" } ?? "") }

    /// The lines around the mistake, those it is about marked with `>>>`, and a caret under its first character.
    ///
    /// Each line ends in a line feed. Empty where the file has no such line, as when it is empty.
    package var excerpt: String { range.excerpt }
}

extension SourceRange {
    /// See ``DockerfileError/excerpt``.
    package var excerpt: String {
        let count = source.lines.count
        guard (1...max(count, 1)).contains(start.line), count > 0 else { return "" }
        // A range that ends at the start of a line does not mean that line.
        let last = min(count, end.column == 1 && end.line > start.line ? end.line - 1 : end.line)
        let padding = last == start.line ? 2 : 1
        let shown = max(1, start.line - padding)...min(count, last + padding)
        let width = String(shown.upperBound).count
        var result = ""
        for number in shown {
            let isMeant = (start.line...last).contains(number)
            let digits = String(number)
            let gutter = String(repeating: " ", count: width - digits.count) + digits
            let line = source.line(number)
            result += " \(gutter) | \(isMeant ? ">>>" : "   ") \(line.shortened)\n"
            if number == start.line, start.column <= SourceRange.shownColumns {
                // Tabs stay tabs, so that the caret stands under its character.
                let before = line.unicodeScalars.prefix(start.column - 1).map { $0 == "\t" ? "\t" : " " }
                    .joined()
                result += " \(String(repeating: " ", count: width)) |     \(before)^\n"
            }
        }
        return result
    }

    fileprivate static let shownColumns = 200
}

extension String {
    /// At most as much of a line as is good to read, with nothing in it that would move a terminal's cursor.
    fileprivate var shortened: String {
        let shown = unicodeScalars.prefix(SourceRange.shownColumns).map { scalar in
            scalar.properties.generalCategory == .control && scalar != "\t" ? "\u{FFFD}" : scalar
        }
        return String(scalars: shown) + (unicodeScalars.count > shown.count ? "…" : "")
    }

    /// For messages: the start of a text that may be long.
    var excerpt: String {
        unicodeScalars.count > 60 ? String(scalars: unicodeScalars.prefix(60)) + "…" : self
    }
}
