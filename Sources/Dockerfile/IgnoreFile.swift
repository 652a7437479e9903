/// A `.dockerignore`: which files of a build context are not part of it, exactly as Docker matches them.
///
/// The last pattern that matches a path, or a directory above it, decides; one with `!` takes the path in again.
package struct IgnoreFile: Sendable {
    /// As Docker shows them: cleaned, without a leading slash.
    package let patterns: [String]
    private let rules: [IgnoreRule]

    /// A file that ignores nothing.
    package init() {
        patterns = []
        rules = []
    }

    /// Reads a `.dockerignore`: a pattern a line; a line that starts with `#` is a comment.
    package init(parsing bytes: [UInt8], file: String = ".dockerignore") throws(DockerfileError) {
        let source = SourceText(bytes, file: file)
        var patterns: [String] = []
        var rules: [IgnoreRule] = []
        for index in source.lines.indices {
            let line = source.line(index + 1)
            var text = line.unicodeScalars.first == "#" ? "" : Substring(line).trimmed
            guard !text.isEmpty else { continue }
            let isException = text.utf8.first == 33
            if isException { text = Substring(text.unicodeScalars.dropFirst()).trimmed }
            if !text.isEmpty {
                text = text.cleanedPath
                if text.utf8.count > 1, text.utf8.first == 47 {
                    text = String(text.unicodeScalars.dropFirst())
                }
            }
            patterns.append((isException ? "!" : "") + text)
            rules.append(try IgnoreRule(text, isException, source.range(ofLine: index + 1)))
        }
        self.patterns = patterns
        self.rules = rules
    }

    /// Takes patterns as `COPY --exclude` has them.
    package init(excluding words: [Word]) throws(DockerfileError) {
        var patterns: [String] = []
        var rules: [IgnoreRule] = []
        for word in words {
            var text = Substring(word.text).trimmed
            guard !text.isEmpty else { continue }
            let isException = text.utf8.first == 33
            if isException { text = String(text.unicodeScalars.dropFirst()) }
            text = text.isEmpty ? "" : text.cleanedPath
            patterns.append((isException ? "!" : "") + text)
            rules.append(try IgnoreRule(text, isException, word.range))
        }
        self.patterns = patterns
        self.rules = rules
    }

    package var hasExceptions: Bool { rules.contains(where: \.isException) }

    /// Whether a path, relative to the context and with slashes, is ignored. The context itself never is.
    package func isIgnored(_ path: String) -> Bool {
        if path.isEmpty || path == "." { return false }
        let path = IgnoredPath(path)
        var isIgnored = false
        for rule in rules where rule.isException == isIgnored && rule.matchesPathOrParent(path) {
            isIgnored = !rule.isException
        }
        return isIgnored
    }

    /// Whether something below a directory may not be ignored; where it is not so, the directory can be skipped.
    package func mayContainIncluded(_ directory: String) -> Bool {
        if directory.isEmpty || directory == "." { return true }
        let path = IgnoredPath(directory)
        var isIgnored = false
        var hasHope = true
        for rule in rules {
            if rule.isException {
                if rule.matchesPathOrParent(path) { isIgnored = false }
                if rule.mayMatchBelow(path) { hasHope = true }
            } else if rule.matchesPathOrParent(path) {
                // It ignores everything below too, whatever was said before.
                isIgnored = true
                hasHope = false
            }
        }
        return !isIgnored || hasHope
    }
}

extension String {
    /// The path as Go's `path.Clean` makes it: no `.`, no `..` that can be resolved, no double slash.
    package var cleanedPath: String {
        let isAbsolute = unicodeScalars.first == "/"
        var parts: [Substring.UnicodeScalarView] = []
        for part in unicodeScalars.split(separator: "/") where !part.elementsEqual(".".unicodeScalars) {
            guard part.elementsEqual("..".unicodeScalars) else {
                parts.append(part)
                continue
            }
            if let last = parts.last, !last.elementsEqual("..".unicodeScalars) {
                parts.removeLast()
            } else if !isAbsolute {
                parts.append(part)
            }
        }
        let path = (isAbsolute ? "/" : "") + parts.map { String($0) }.joined(separator: "/")
        return path.isEmpty ? "." : path
    }
}
