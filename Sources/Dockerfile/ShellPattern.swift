/// The pattern of `${name#pattern}` and its kin: `*`, `?`, and characters; no classes.
///
/// As BuildKit's it never matches a line feed with a wildcard.
struct ShellPattern {
    private enum Element: Equatable {
        case any
        case anyRun
        case character(Unicode.Scalar)
    }

    private var elements: [Element] = []
    /// Whether a `*` takes as much as it can, or as little.
    private let isGreedy: Bool

    /// Throws when a backslash stands before a character that needs none.
    init(_ text: Substring, isGreedy: Bool) throws(ExpansionProblem) {
        self.isGreedy = isGreedy
        var rest = text.unicodeScalars
        while let scalar = rest.popFirst() {
            switch scalar {
            case "*": elements.append(.anyRun)
            case "?": elements.append(.any)
            case "\\":
                // `\}` and `\/` are escaped for the sake of `${…}`; the backslash is not the pattern's.
                if rest.first == "}" || rest.first == "/" { continue }
                guard let escaped = rest.popFirst(), ["*", "?", "\\"].contains(escaped) else {
                    throw ExpansionProblem(
                        "in the pattern `\(String(text).excerpt)` a backslash should stand before `*`, `?` or `\\`"
                    )
                }
                elements.append(.character(escaped))
            default: elements.append(.character(scalar))
            }
        }
    }

    /// The most steps that a search in `value` takes.
    func cost(of value: String) -> Int {
        let (cost, overflow) = (elements.count + 1).multipliedReportingOverflow(by: value.utf8.count + 1)
        return overflow ? .max : cost
    }

    func removingPrefix(of value: String) throws(ExpansionProblem) -> String {
        let scalars = Array(value.unicodeScalars)
        var search = try Search(elements, isGreedy, scalars)
        guard let end = search.match(at: 0) else { return value }
        return String(scalars: scalars[end...])
    }

    func removingSuffix(of value: String) throws(ExpansionProblem) -> String {
        let scalars = Array(value.unicodeScalars.reversed())
        var search = try Search(elements.reversed(), isGreedy, scalars)
        guard let end = search.match(at: 0) else { return value }
        return String(scalars: scalars[end...].reversed())
    }

    func replacing(in value: String, with text: String, isEvery: Bool) throws(ExpansionProblem) -> String {
        let scalars = Array(value.unicodeScalars)
        let replacement = Array(text.unicodeScalars)
        var search = try Search(elements, isGreedy, scalars)
        var result: [Unicode.Scalar] = []
        var copied = 0
        var start = 0
        // Where the last match ended: an empty match there is none.
        var lastEnd: Int?
        while start <= scalars.count {
            guard let end = search.match(at: start), end > start || lastEnd != start else {
                start += 1
                continue
            }
            result += scalars[copied..<start] + replacement
            guard result.count <= 4 << 20 else { throw ExpansionProblem("it would be longer than 4 MiB") }
            copied = end
            lastEnd = end
            if !isEvery { break }
            start = max(end, start + (end == start ? 1 : 0))
        }
        return String(scalars: result + scalars[copied...])
    }

    /// Backtracking that never visits a state twice, so that it takes time of pattern times text at most.
    private struct Search {
        private let elements: [Element]
        private let isGreedy: Bool
        private let scalars: [Unicode.Scalar]
        /// The states known to lead nowhere, by place in the text and in the pattern.
        private var visited: [Bool]

        init(_ elements: [Element], _ isGreedy: Bool, _ scalars: [Unicode.Scalar]) throws(ExpansionProblem) {
            let (count, overflow) = (elements.count + 1).multipliedReportingOverflow(by: scalars.count + 1)
            guard !overflow, count <= 32 << 20 else {
                throw ExpansionProblem("its pattern and the value that it is matched with are too long")
            }
            self.elements = elements
            self.isGreedy = isGreedy
            self.scalars = scalars
            visited = [Bool](repeating: false, count: count)
        }

        /// The end of the match that starts at `start`.
        mutating func match(at start: Int) -> Int? {
            // The last one is tried first.
            var pending = [(element: 0, place: start)]
            while let (element, place) = pending.popLast() {
                let state = place * (elements.count + 1) + element
                if visited[state] { continue }
                visited[state] = true
                guard element < elements.count else {
                    // What led here succeeded, and may do so again from this place on.
                    for index in 0...elements.count { visited[place * (elements.count + 1) + index] = false }
                    return place
                }
                let scalar = place < scalars.count ? scalars[place] : nil
                switch elements[element] {
                case .character(let wanted):
                    if scalar == wanted { pending.append((element + 1, place + 1)) }
                case .any:
                    if scalar != nil, scalar != "\n" { pending.append((element + 1, place + 1)) }
                case .anyRun:
                    let stop = (element: element + 1, place: place)
                    let run = scalar == nil || scalar == "\n" ? nil : (element: element, place: place + 1)
                    pending += isGreedy ? [stop, run].compactMap { $0 } : [run, stop].compactMap { $0 }
                }
            }
            return nil
        }
    }
}
