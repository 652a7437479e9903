/// The text of one file, with its lines.
///
/// It never changes, and its ranges share it. Two are equal when they are the same object.
package final class SourceText: Sendable, Hashable {
    /// The name that errors show.
    package let file: String
    let scalars: [Unicode.Scalar]
    /// Each line with its line feed; a last line may have none. Empty for an empty file.
    let lines: [Range<Int>]
    /// Whether bytes that are no UTF-8 were replaced by U+FFFD.
    let hasReplacements: Bool

    /// Decodes UTF-8; a byte order mark is dropped, and what is no UTF-8 becomes U+FFFD, as in BuildKit.
    package init(_ bytes: some Collection<UInt8>, file: String) {
        let text = String(decoding: bytes, as: UTF8.self)
        var scalars = Array(text.unicodeScalars)
        if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
        var lines: [Range<Int>] = []
        var start = 0
        for index in scalars.indices where scalars[index] == "\n" {
            lines.append(start..<index + 1)
            start = index + 1
        }
        if start < scalars.count { lines.append(start..<scalars.count) }
        self.file = file
        self.scalars = scalars
        self.lines = lines
        self.hasReplacements = scalars.contains("\u{FFFD}") && !text.utf8.elementsEqual(bytes)
    }

    package convenience init(_ text: String, file: String) { self.init(Array(text.utf8), file: file) }

    package static func == (a: SourceText, b: SourceText) -> Bool { a === b }

    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }

    /// The text of line `number`, which counts from 1, without its ending; empty where there is no such line.
    package func line(_ number: Int) -> String {
        guard lines.indices.contains(number - 1) else { return "" }
        return String(scalars: scalars[lines[number - 1]].droppingLineEnding)
    }

    /// The whole of line `number`, which counts from 1.
    func range(ofLine number: Int) -> SourceRange {
        let length = line(number).unicodeScalars.count
        return SourceRange(
            source: self, start: SourcePosition(line: number, column: 1),
            end: SourcePosition(line: number, column: length + 1))
    }
}

extension String {
    /// What stands before the first equals sign, and what stands after it; `nil` where there is none.
    var splitAtEquals: (name: String, value: String?) {
        let scalars = unicodeScalars
        guard let equals = scalars.firstIndex(of: "=") else { return (self, nil) }
        return (String(scalars[..<equals]), String(scalars[scalars.index(after: equals)...]))
    }

    init(scalars: some Sequence<Unicode.Scalar>) {
        var view = UnicodeScalarView()
        view.append(contentsOf: scalars)
        self.init(view)
    }
}

extension ArraySlice<Unicode.Scalar> {
    /// Without the carriage returns and line feeds at the end.
    var droppingLineEnding: Self {
        var result = self
        while let last = result.last, last == "\n" || last == "\r" { result.removeLast() }
        return result
    }
}

extension Unicode.Scalar {
    /// Unicode's white space, which is what Go's `unicode.IsSpace` says too.
    var isSpace: Bool { isASCII ? (value == 32 || (9...13).contains(value)) : properties.isWhitespace }

    /// What separates the words of an instruction: space, tab, vertical tab, form feed, carriage return.
    var isBlank: Bool { value == 32 || value == 9 || (11...13).contains(value) }

    var isDecimalDigit: Bool {
        isASCII ? (48...57).contains(value) : properties.generalCategory == .decimalNumber
    }

    /// Whether it can stand in the name of a variable.
    var isNamePart: Bool {
        if isASCII {
            return isDecimalDigit || self == "_" || ("a"..."z").contains(self) || ("A"..."Z").contains(self)
        }
        return properties.isAlphabetic && properties.generalCategory.isLetter || isDecimalDigit
    }
}

extension Unicode.GeneralCategory {
    var isLetter: Bool {
        switch self {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: false
        }
    }
}
