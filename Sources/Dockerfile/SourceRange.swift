/// A place in a text file: lines and columns count from 1; a column counts Unicode scalars.
package struct SourcePosition: Hashable, Sendable, Comparable, CustomStringConvertible {
    package var line: Int
    package var column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package var description: String { "\(line):\(column)" }

    package static func < (a: SourcePosition, b: SourcePosition) -> Bool {
        (a.line, a.column) < (b.line, b.column)
    }
}

/// A stretch of one file; it knows its text, so that an error about it can show the lines.
package struct SourceRange: Hashable, Sendable, CustomStringConvertible {
    package let source: SourceText
    package let start: SourcePosition
    /// The place after the last character.
    package let end: SourcePosition

    package init(source: SourceText, start: SourcePosition, end: SourcePosition) {
        self.source = source
        self.start = start
        self.end = max(start, end)
    }

    package var file: String { source.file }

    /// `FILE:LINE:COLUMN` of its start.
    package var description: String { "\(file):\(start)" }
}
