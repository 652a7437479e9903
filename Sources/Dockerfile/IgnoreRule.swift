/// A path that is asked about, decoded once for all rules.
struct IgnoredPath {
    let scalars: [Unicode.Scalar]

    init(_ text: String) { scalars = Array(text.unicodeScalars) }
}

/// One line of a `.dockerignore`.
struct IgnoreRule: Sendable {
    private enum Element: Hashable, Sendable {
        case one(PathPattern.Element)
        /// `**` at the end: anything.
        case anything
        /// `**` elsewhere: nothing, or ``components``.
        case mayBeComponents
        /// Whole components with their slashes, one at least; it follows `mayBeComponents`.
        case components
    }

    private enum Matcher: Sendable {
        case path([Unicode.Scalar])
        /// Literal text, then `**`.
        case prefix([Unicode.Scalar])
        /// `**`, then literal text.
        case suffix([Unicode.Scalar])
        case elements([Element])
    }

    let isException: Bool
    private let matcher: Matcher

    init(_ pattern: String, _ isException: Bool, _ place: SourceRange) throws(DockerfileError) {
        self.isException = isException
        guard !pattern.isEmpty else {
            throw DockerfileError(place, "the pattern `!` says nothing to take in again")
        }
        guard PathPattern(pattern) != nil else {
            throw DockerfileError(
                place, "the pattern `\(pattern.excerpt)` is malformed",
                hint: "a `[` needs a `]`, and a `\\` something to escape")
        }
        matcher = Self.matcher(pattern)
    }

    private static func matcher(_ pattern: String) -> Matcher {
        var scanner = PatternScanner(pattern)
        var elements: [Element] = []
        while let element = scanner.element() {
            guard element == .runInComponent, scanner.next == "*" else {
                elements.append(.one(element))
                continue
            }
            scanner.skip()
            if scanner.next == "/" { scanner.skip() }
            elements += scanner.next == nil ? [.anything] : [.mayBeComponents, .components]
        }
        let hasEscape = pattern.unicodeScalars.contains("\\")
        if !hasEscape, let literal = literal(elements[...]) { return .path(literal) }
        if !hasEscape, elements.first == .anything { return .suffix([]) }
        if !hasEscape, elements.last == .anything, let literal = literal(elements.dropLast()) {
            return .prefix(literal)
        }
        // Docker compares the end of the text here, so that `**b` matches `ab`; `**/b` keeps its slash.
        if !hasEscape, elements.first == .mayBeComponents, literal(elements.dropFirst(2)) != nil {
            return .suffix(Array(pattern.unicodeScalars.dropFirst(2)))
        }
        return .elements(elements)
    }

    private static func literal(_ elements: ArraySlice<Element>) -> [Unicode.Scalar]? {
        var text: [Unicode.Scalar] = []
        for element in elements {
            guard case .one(.character(let scalar)) = element else { return nil }
            text.append(scalar)
        }
        return text
    }

    /// Whether it matches the path or a directory above it.
    func matchesPathOrParent(_ path: IgnoredPath) -> Bool {
        switch matcher {
        case .path(let literal):
            path.scalars.starts(with: literal)
                && (path.scalars.count == literal.count || path.scalars[literal.count] == "/")
        case .prefix(let prefix): path.scalars.starts(with: prefix)
        case .suffix(let suffix): matches(suffix: suffix, path.scalars)
        case .elements(let elements): Simulation(elements).matches(path.scalars)
        }
    }

    /// Whether it may match something in the directory, at any depth.
    func mayMatchBelow(_ directory: IgnoredPath) -> Bool {
        let start = directory.scalars + ["/"]
        switch matcher {
        case .path(let literal): return literal.starts(with: start)
        case .prefix(let prefix): return prefix.starts(with: start) || start.starts(with: prefix)
        case .suffix: return true
        case .elements(let elements): return Simulation(elements).isAlive(after: start)
        }
    }

    private func matches(suffix: [Unicode.Scalar], _ path: [Unicode.Scalar]) -> Bool {
        for end in path.indices.dropFirst() where path[end] == "/" {
            if matches(suffix: suffix, path[..<end]) { return true }
        }
        return matches(suffix: suffix, path[...])
    }

    private func matches(suffix: [Unicode.Scalar], _ path: ArraySlice<Unicode.Scalar>) -> Bool {
        path.suffix(suffix.count).elementsEqual(suffix)
            || suffix.first == "/" && path.elementsEqual(suffix.dropFirst())
    }

    /// Follows all ways to match at once, so that it takes time of pattern times path.
    private struct Simulation {
        private let elements: [Element]
        /// Whether the elements up to each place can match what was read.
        private var states: [Bool]

        init(_ elements: [Element]) {
            self.elements = elements
            states = [Bool](repeating: false, count: elements.count + 1)
            states[0] = true
            skipEmpty()
        }

        func matches(_ path: [Unicode.Scalar]) -> Bool {
            var simulation = self
            for scalar in path {
                // A directory above the path is enough.
                if scalar == "/", simulation.hasMatched { return true }
                simulation.read(scalar)
            }
            return simulation.hasMatched
        }

        func isAlive(after path: [Unicode.Scalar]) -> Bool {
            var simulation = self
            for scalar in path { simulation.read(scalar) }
            return simulation.states.contains(true)
        }

        private var hasMatched: Bool { states[elements.count] }

        private mutating func read(_ scalar: Unicode.Scalar) {
            var after = [Bool](repeating: false, count: states.count)
            for (index, element) in elements.enumerated() where states[index] {
                switch element {
                case .one(.runInComponent): after[index] = after[index] || scalar != "/"
                case .one(let element): after[index + 1] = after[index + 1] || element.matches(scalar)
                case .anything: after[index] = true
                case .mayBeComponents: break
                case .components:
                    after[index] = true
                    if scalar == "/" { after[index + 1] = true }
                }
            }
            states = after
            skipEmpty()
        }

        /// Goes past elements that can match nothing.
        private mutating func skipEmpty() {
            for (index, element) in elements.enumerated() where states[index] {
                switch element {
                case .one(.runInComponent), .anything: states[index + 1] = true
                case .mayBeComponents: for next in index + 1...index + 2 { states[next] = true }
                case .one, .components: break
                }
            }
        }
    }
}
