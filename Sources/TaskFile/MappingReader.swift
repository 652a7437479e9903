import Spelling
import Yams

/// Collects what is wrong with a file while it is decoded.
final class Problems {
    private(set) var all: [TaskFileError.Problem] = []

    func add(_ message: String, at node: Node, hint: String? = nil) {
        all.append(
            .init(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1, message: message, hint: hint))
    }

    func add(_ more: [TaskFileError.Problem]) { all += more }
}

/// Takes known keys out of a YAML mapping; what nobody took is an unknown key.
struct MappingReader {
    private var entries: [String: (key: Node, value: Node)] = [:]
    private var known: [String] = []
    let node: Node
    let problems: Problems

    /// Returns `nil`, with the problem noted, when the node is no mapping.
    init?(_ node: Node, _ what: String, _ problems: Problems) {
        guard let mapping = node.mapping else {
            problems.add("\(what) should be a mapping, and is \(node.kindName)", at: node)
            return nil
        }
        self.node = node
        self.problems = problems
        for (key, value) in mapping {
            guard let name = key.scalar?.string else {
                problems.add("a key should be a word", at: key)
                continue
            }
            entries[name] = (key, value)
        }
    }

    mutating func take(_ name: String) -> Node? {
        known.append(name)
        guard let value = entries.removeValue(forKey: name)?.value, !value.isNull else { return nil }
        return value
    }

    mutating func string(_ name: String) -> String? {
        take(name).flatMap { node in
            guard let scalar = node.scalar else {
                problems.add("`\(name)` should be a text, and is \(node.kindName)", at: node)
                return nil
            }
            return scalar.string
        }
    }

    mutating func bool(_ name: String) -> Bool? {
        take(name).flatMap { node in
            guard let value = node.bool else {
                problems.add("`\(name)` should be `true` or `false`, and is \(node.kindName)", at: node)
                return nil
            }
            return value
        }
    }

    /// A whole number, at least `minimum`.
    mutating func integer(_ name: String, atLeast minimum: Int) -> Int? {
        take(name).flatMap { node in
            // YAML 1.1 takes `010` for eight; nobody who writes that means it.
            guard let text = node.scalar?.string, let value = Int(text),
                !(text.count > 1 && text.hasPrefix("0"))
            else {
                problems.add("`\(name)` should be a whole number, and is \(node.kindName)", at: node)
                return nil
            }
            guard value >= minimum else {
                problems.add("`\(name)` should be at least \(minimum), and is \(value)", at: node)
                return nil
            }
            return value
        }
    }

    mutating func strings(_ name: String) -> [String]? {
        take(name).flatMap { node in
            guard let sequence = node.sequence else {
                problems.add(
                    "`\(name)` should be a list, and is \(node.kindName)", at: node,
                    hint: node.scalar.map { "write `\(name): [\"\($0.string)\"]`" })
                return nil
            }
            return sequence.compactMap { element in
                if element.scalar == nil {
                    problems.add("an element of `\(name)` should be a text", at: element)
                }
                return element.scalar?.string
            }
        }
    }

    /// Notes every key that nobody took.
    ///
    /// - Parameter later: keys of ACR's format that mean something there, and that this version cannot do.
    func finish(later: [String] = []) {
        for (name, entry) in entries {
            if later.contains(name) {
                problems.add(
                    "the key `\(name)` is ACR's, and this version of slipway cannot honour it", at: entry.key)
                continue
            }
            let near = Spelling.nearest(to: name, among: known + later)
            problems.add(
                "unknown key `\(name)`", at: entry.key,
                hint: near.map { "did you mean `\($0)`?" }
                    ?? "expected one of \(known.map { "`\($0)`" }.joined(separator: ", "))")
        }
    }
}

extension Node {
    var isNull: Bool { scalar != nil && null != nil }

    var kindName: String {
        if isNull { return "empty" }
        if let scalar { return "`\(scalar.string.prefix(60))`" }
        return mapping == nil ? "a list" : "a mapping"
    }
}
