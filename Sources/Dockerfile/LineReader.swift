/// Reads the lines of a Dockerfile: finds directives, drops comments, joins continuations.
struct LineReader {
    let source: SourceText
    private var next = 0
    private var directiveReader = DirectiveReader()
    /// For lines that are not of a file, as a trigger in an image's configuration: they have no directives.
    private let hasDirectives: Bool
    private let givenEscape: EscapeCharacter

    init(_ source: SourceText, hasDirectives: Bool = true, escape: EscapeCharacter = .backslash) {
        self.source = source
        self.hasDirectives = hasDirectives
        self.givenEscape = escape
    }

    var directives: ParserDirectives { directiveReader.directives }
    private var escape: EscapeCharacter { hasDirectives ? directives.escape : givenEscape }

    /// The next instruction, taken apart, or `nil` at the end of the file.
    mutating func statement() throws(DockerfileError) -> Statement? {
        guard var line = try line() else { return nil }
        let statement = try Statement(line.all, escape: escape)
        let marks = statement.heredocMarks
        if marks.isEmpty { return statement }
        let documents = try documents(of: &line, marks)
        var complete = try Statement(line.all, escape: escape)
        complete.documents = documents
        return complete
    }

    /// The next instruction as one line, or `nil` at the end of the file.
    mutating func line() throws(DockerfileError) -> LogicalLine? {
        var line = LogicalLine(source: source)
        while let (physical, number) = take() {
            let trimmed = physical.drop(while: \.isSpace)
            if trimmed.first == "#" {
                try readComment(trimmed, number, physical, into: &line)
                continue
            }
            let hasMore = append(trimmed, of: physical, number, to: &line)
            if line.scalars.isEmpty && !hasMore { continue }
            if hasMore { joinContinuations(to: &line) }
            try refuseNull(in: line)
            return line
        }
        return nil
    }

    private mutating func take() -> (ArraySlice<Unicode.Scalar>, number: Int)? {
        guard next < source.lines.count else { return nil }
        defer { next += 1 }
        return (source.scalars[source.lines[next]].droppingLineEnding, next + 1)
    }

    private mutating func readComment(
        _ comment: ArraySlice<Unicode.Scalar>, _ number: Int, _ physical: ArraySlice<Unicode.Scalar>,
        into line: inout LogicalLine
    ) throws(DockerfileError) {
        if hasDirectives {
            var directive = LogicalLine(source: source)
            directive.append(
                comment,
                at: SourcePosition(line: number, column: comment.startIndex - physical.startIndex + 1))
            if try directiveReader.read(directive.all) { return }
        }
        let text = Substring(String(scalars: comment.dropFirst())).trimmed
        if text.isEmpty { line.comments = [] } else { line.comments.append(text) }
    }

    /// Appends a physical line without its continuation mark, and returns whether it had one.
    private mutating func append(
        _ slice: ArraySlice<Unicode.Scalar>, of physical: ArraySlice<Unicode.Scalar>, _ number: Int,
        to line: inout LogicalLine
    ) -> Bool {
        directiveReader.stop()
        let content = slice.droppingContinuation(escape.scalar)
        let column = slice.startIndex - physical.startIndex + 1
        line.append(content ?? slice, at: SourcePosition(line: number, column: column))
        line.lastLine = number
        return content != nil
    }

    private mutating func joinContinuations(to line: inout LogicalLine) {
        while let (physical, number) = take() {
            line.lastLine = number
            switch physical.first(where: { !$0.isSpace }) {
            case "#": continue
            case nil: line.emptyLines.append(number)
            default: if !append(physical, of: physical, number, to: &line) { return }
            }
        }
    }

    private func refuseNull(in line: LogicalLine) throws(DockerfileError) {
        guard let offset = line.scalars.firstIndex(of: "\0") else { return }
        throw line.all.slice(offset..<offset + 1).error(
            "a NUL character cannot be part of an instruction",
            hint: "is the file saved as UTF-16? make it UTF-8")
    }

    /// Reads the text of each here-document that `line` announces.
    private mutating func documents(of line: inout LogicalLine, _ marks: [HeredocMark])
        throws(DockerfileError) -> [Heredoc]
    {
        var documents: [Heredoc] = []
        for mark in marks {
            let terminator = Array(mark.name.unicodeScalars)
            let first = next
            var end: Int?
            while end == nil, let (physical, _) = take() {
                let candidate = mark.stripsTabs ? physical.drop { $0 == "\t" } : physical
                if candidate.elementsEqual(terminator) { end = next - 1 }
            }
            guard let end else {
                throw line.all.error(
                    "the here-document `\(mark.name.excerpt)` does not end",
                    hint: "end it with a line that is just `\(mark.name.excerpt)`")
            }
            line.lastLine = next
            documents.append(Heredoc(mark, content: content(first..<end), range: range(first..<end)))
        }
        return documents
    }

    private func content(_ lines: Range<Int>) -> String {
        guard let first = lines.first, let last = lines.last else { return "" }
        return String(
            scalars: source.scalars[source.lines[first].lowerBound..<source.lines[last].upperBound])
    }

    private func range(_ lines: Range<Int>) -> SourceRange {
        SourceRange(
            source: source, start: SourcePosition(line: lines.lowerBound + 1, column: 1),
            end: SourcePosition(line: lines.upperBound + 1, column: 1))
    }
}

extension ArraySlice<Unicode.Scalar> {
    /// Without the escape character at its end, and `nil` where there is none.
    ///
    /// Blanks may follow the escape character. After another one it is an escaped escape, and continues nothing.
    fileprivate func droppingContinuation(_ escape: Unicode.Scalar) -> Self? {
        var rest = self
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        guard rest.last == escape else { return nil }
        rest.removeLast()
        return rest.last == escape ? nil : rest
    }
}
