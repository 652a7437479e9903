/// A wildcard pattern for a path, as Go's `filepath.Match` on Linux: `*`, `?`, `[a-z]`, `[^a-z]`, and `\` to escape.
///
/// `*` and `?` do not match a slash; a class does. The whole path has to match.
package struct PathPattern: Hashable, Sendable {
    enum Element: Hashable, Sendable {
        case character(Unicode.Scalar)
        case anyInComponent
        case runInComponent
        case `class`([ClosedRange<Unicode.Scalar>], isNegated: Bool)

        /// Whether it matches this one character; a run is asked for each of its own.
        func matches(_ scalar: Unicode.Scalar) -> Bool {
            switch self {
            case .character(let wanted): scalar == wanted
            case .anyInComponent, .runInComponent: scalar != "/"
            case .class(let ranges, let isNegated): ranges.contains { $0.contains(scalar) } != isNegated
            }
        }
    }

    let elements: [Element]

    /// Returns `nil` when a class is not closed, is empty or has a malformed range, and when a `\` is the last.
    package init?(_ text: String) {
        var scanner = PatternScanner(text)
        var elements: [Element] = []
        while let element = scanner.element() { elements.append(element) }
        guard !scanner.isMalformed else { return nil }
        self.elements = elements
    }

    /// Whether a text has anything in it that makes it more than a plain path.
    package static func hasWildcard(_ text: String) -> Bool {
        text.unicodeScalars.contains { ["*", "?", "[", "\\"].contains($0) }
    }

    package func matches(_ path: some StringProtocol) -> Bool {
        let scalars = Array(path.unicodeScalars)
        var (element, place) = (0, 0)
        // The last `*`, and how far it reaches now. As in Go an earlier one is never tried again.
        var run: (element: Int, place: Int)?
        while place < scalars.count || element < elements.count {
            if element < elements.count {
                if elements[element] == .runInComponent {
                    run = (element, place)
                    element += 1
                    continue
                }
                if place < scalars.count, elements[element].matches(scalars[place]) {
                    element += 1
                    place += 1
                    continue
                }
            }
            guard let last = run, last.place < scalars.count, scalars[last.place] != "/" else { return false }
            run = (last.element, last.place + 1)
            (element, place) = (last.element + 1, last.place + 1)
        }
        return true
    }
}

/// Reads a pattern element by element.
struct PatternScanner {
    private var rest: Substring.UnicodeScalarView
    private(set) var isMalformed = false

    init(_ text: String) { rest = text.unicodeScalars[...] }

    var next: Unicode.Scalar? { rest.first }

    mutating func skip() { rest.removeFirst() }

    /// The next element, or `nil` at the end and where the pattern is malformed.
    mutating func element() -> PathPattern.Element? {
        guard let scalar = rest.popFirst() else { return nil }
        switch scalar {
        case "*": return .runInComponent
        case "?": return .anyInComponent
        case "[":
            guard let element = characterClass() else {
                isMalformed = true
                return nil
            }
            return element
        case "\\":
            guard let escaped = rest.popFirst() else {
                isMalformed = true
                return nil
            }
            return .character(escaped)
        default: return .character(scalar)
        }
    }

    private mutating func characterClass() -> PathPattern.Element? {
        let isNegated = rest.first == "^"
        if isNegated { rest.removeFirst() }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        while rest.first != "]" || ranges.isEmpty {
            guard let low = classCharacter() else { return nil }
            guard rest.first == "-" else {
                ranges.append(low...low)
                continue
            }
            rest.removeFirst()
            guard let high = classCharacter() else { return nil }
            // A range that is upside down matches nothing; Go allows it.
            if low <= high { ranges.append(low...high) } else { ranges.append("\0"..."\0") }
        }
        rest.removeFirst()
        return .class(ranges, isNegated: isNegated)
    }

    private mutating func classCharacter() -> Unicode.Scalar? {
        guard let scalar = rest.popFirst(), scalar != "-", scalar != "]" else { return nil }
        return scalar == "\\" ? rest.popFirst() : scalar
    }
}
