/// One instruction as BuildKit sees it: physical lines joined at their continuations, comments left out.
struct LogicalLine {
    let source: SourceText
    private(set) var scalars: [Unicode.Scalar] = []
    /// Where in the file each piece of `scalars` comes from, by the piece's first offset.
    private var pieces: [(offset: Int, position: SourcePosition)] = []
    /// What the comments before it say, without `#`.
    var comments: [String] = []
    /// The empty lines inside of it.
    var emptyLines: [Int] = []
    /// The last line of the file that belongs to it.
    var lastLine = 1

    init(source: SourceText) { self.source = source }

    mutating func append(_ slice: ArraySlice<Unicode.Scalar>, at position: SourcePosition) {
        pieces.append((scalars.count, position))
        scalars += slice
    }

    /// Where the character at `offset` stands in the file; `offset` may be the end.
    func position(at offset: Int) -> SourcePosition {
        var low = 0
        var high = pieces.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if pieces[middle].offset <= offset { low = middle } else { high = middle }
        }
        guard low < pieces.count else { return SourcePosition(line: 1, column: 1) }
        let piece = pieces[low]
        return SourcePosition(
            line: piece.position.line, column: piece.position.column + offset - piece.offset)
    }

    var all: LineSlice { LineSlice(line: self, bounds: 0..<scalars.count) }
}

/// A part of a logical line.
struct LineSlice {
    let line: LogicalLine
    var bounds: Range<Int>

    var scalars: ArraySlice<Unicode.Scalar> { line.scalars[bounds] }
    var text: String { String(scalars: scalars) }
    var isEmpty: Bool { bounds.isEmpty }

    var range: SourceRange {
        // The end is taken from the last character, as the next one may be on another line.
        let start = line.position(at: bounds.lowerBound)
        guard !bounds.isEmpty else { return SourceRange(source: line.source, start: start, end: start) }
        let last = line.position(at: bounds.upperBound - 1)
        return SourceRange(
            source: line.source, start: start, end: SourcePosition(line: last.line, column: last.column + 1))
    }

    var word: Word { Word(text, range) }

    func slice(_ bounds: Range<Int>) -> LineSlice { LineSlice(line: line, bounds: bounds) }

    /// A word that reads `text`, which may differ from what is written when that was quoted.
    func word(_ text: [Unicode.Scalar], _ bounds: Range<Int>) -> Word {
        Word(String(scalars: text), slice(bounds).range)
    }

    func error(_ message: String, hint: String? = nil) -> DockerfileError {
        DockerfileError(range, message, hint: hint)
    }

    /// Without the white space at both ends.
    var trimmed: LineSlice {
        var bounds = bounds
        while let first = bounds.first, line.scalars[first].isSpace { bounds = first + 1..<bounds.upperBound }
        while let last = bounds.last, line.scalars[last].isSpace { bounds = bounds.lowerBound..<last }
        return slice(bounds)
    }

    /// What stands before the first blanks, and what stands after them.
    var splitAtBlanks: (head: LineSlice, tail: LineSlice?) {
        guard let blank = scalars.firstIndex(where: \.isBlank) else { return (self, nil) }
        let next = line.scalars[blank..<bounds.upperBound].firstIndex { !$0.isBlank } ?? bounds.upperBound
        return (slice(bounds.lowerBound..<blank), slice(next..<bounds.upperBound))
    }
}

/// A piece of an instruction as it is written: its variables are not replaced yet, its quotes not removed.
package struct Word: Hashable, Sendable, CustomStringConvertible {
    package var text: String
    package var range: SourceRange

    package init(_ text: String, _ range: SourceRange) {
        self.text = text
        self.range = range
    }

    package var description: String { text }

    /// An error about this word.
    package func error(_ message: String, hint: String? = nil) -> DockerfileError {
        DockerfileError(range, message, hint: hint)
    }
}
