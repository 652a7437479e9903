import Yams

extension TaskDefinition {
    /// `triggers`: by default a commit runs the task where it has a source, and so does its runtime base image.
    static func decodeTriggers(
        _ reader: inout MappingReader, hasSource: Bool
    ) -> (commit: CommitTrigger, baseImage: BaseImageTrigger) {
        var commit = CommitTrigger(isEnabled: hasSource)
        var baseImage = BaseImageTrigger(isEnabled: true, scope: .runtime)
        guard let node = reader.take("triggers"),
            var triggers = MappingReader(node, "`triggers`", reader.problems)
        else { return (commit, baseImage) }
        if let node = triggers.take("commit") {
            if node.bool == true, !hasSource {
                reader.problems.add("a `commit` trigger needs a `source`", at: node)
            }
            decodeCommit(node, into: &commit, reader.problems)
        }
        if let node = triggers.take("baseImage") { decodeBaseImage(node, into: &baseImage, reader.problems) }
        triggers.finish(later: ["schedule", "pullRequest"])
        return (commit, baseImage)
    }

    private static func decodeCommit(_ node: Node, into trigger: inout CommitTrigger, _ problems: Problems) {
        if let isEnabled = node.bool { return trigger.isEnabled = isEnabled }
        guard var reader = MappingReader(node, "`commit`", problems) else { return }
        trigger.isEnabled = reader.bool("enabled") ?? true
        trigger.interval = duration("interval", &reader)
        reader.finish()
    }

    private static func decodeBaseImage(
        _ node: Node, into trigger: inout BaseImageTrigger, _ problems: Problems
    ) {
        if let isEnabled = node.bool { return trigger.isEnabled = isEnabled }
        guard var reader = MappingReader(node, "`baseImage`", problems) else { return }
        trigger.isEnabled = reader.bool("enabled") ?? true
        trigger.interval = duration("interval", &reader)
        if let node = reader.take("type") {
            if let scope = node.scalar.flatMap({ BaseImageTrigger.Scope(rawValue: $0.string.lowercased()) }) {
                trigger.scope = scope
            } else {
                problems.add("`type` should be `runtime` or `all`, and is \(node.kindName)", at: node)
            }
        }
        reader.finish()
    }

    /// `500ms`, `30s`, `5m`, `2h` or `1d`, or a number of seconds; never less than 100 ms.
    private static func duration(_ name: String, _ reader: inout MappingReader) -> Double? {
        guard let node = reader.take(name) else { return nil }
        guard let text = node.scalar?.string, let seconds = seconds(text), seconds >= 0.1 else {
            reader.problems.add(
                "`\(name)` should be a time of at least 100ms such as `30s`, `5m` or `1h`, and is \(node.kindName)",
                at: node)
            return nil
        }
        return seconds
    }

    /// The seconds of a text such as `90`, `500ms`, `30s`, `5m`, `2h` or `1d`.
    package static func seconds(_ text: String) -> Double? {
        let number = text.prefix { $0.isNumber || $0 == "." }
        let units: [Substring: Double] = ["": 1, "ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let value = Double(number), let unit = units[text[number.endIndex...]], value.isFinite else {
            return nil
        }
        return value * unit
    }
}
