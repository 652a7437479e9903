import Yams

extension TaskDefinition {
    /// Reads a task file: replaces aliases and templates, parses the YAML, and checks all of it.
    ///
    /// Throws ``TaskFileError`` with every problem found, each with its line and column. Positions in a line behind a
    /// replaced text are those after the replacement.
    package init(
        parsing text: String, file: String, values: RunValues = .forChecking
    ) throws(TaskFileError) {
        let problems = Problems()
        var source = TaskText(text)
        if source.hasAliases { source.replaceAliases(values.aliases) }
        source.replaceTemplates(values.fields)
        problems.add(source.problems)
        let definition = Self.parseRoot(source.text, problems).flatMap { Self.decode($0, problems) }
        guard problems.all.isEmpty, let definition else {
            let sorted = problems.all.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
            throw TaskFileError(file: file, problems: sorted)
        }
        self = definition
    }

    private static func parseRoot(_ text: String, _ problems: Problems) -> Node? {
        do {
            guard let root = try Yams.compose(yaml: text) else {
                problems.add([.init(line: 1, column: 1, message: "the file is empty: expected `steps`")])
                return nil
            }
            return root
        } catch let error as YamlError {
            problems.add([error.problem])
        } catch {
            problems.add([.init(line: 1, column: 1, message: "\(error)")])
        }
        return nil
    }

    private static func decode(_ root: Node, _ problems: Problems) -> TaskDefinition? {
        guard var reader = MappingReader(root, "a task file", problems) else { return nil }
        let version = decodeVersion(&reader)
        let name = decodeName(&reader)
        let description = reader.string("description")
        let source = decodeSource(&reader)
        let triggers = decodeTriggers(&reader, hasSource: source != nil)
        let timeout = reader.integer("timeout", atLeast: 1) ?? 3600
        let stepTimeout = reader.integer("stepTimeout", atLeast: 1) ?? 600
        let steps = decodeSteps(&reader, stepTimeout: stepTimeout)
        reader.finish(later: ["workingDirectory", "env", "secrets", "networks", "volumes", "alias"])
        return TaskDefinition(
            name: name, description: description, version: version, source: source,
            commitTrigger: triggers.commit,
            baseImageTrigger: triggers.baseImage, timeout: timeout, stepTimeout: stepTimeout, steps: steps)
    }

    private static func decodeVersion(_ reader: inout MappingReader) -> TaskFileVersion {
        guard let node = reader.take("version") else { return .v1 }
        let known = TaskFileVersion.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        guard let version = node.scalar.flatMap({ TaskFileVersion(rawValue: $0.string.lowercased()) }) else {
            reader.problems.add("`version` should be one of \(known), and is \(node.kindName)", at: node)
            return .v1
        }
        return version
    }

    private static func decodeName(_ reader: inout MappingReader) -> String? {
        guard let node = reader.take("name") else { return nil }
        guard let name = node.scalar?.string, isTaskName(name) else {
            reader.problems.add(
                "`name` should be 1 to 63 letters, digits, `-`, `_` and `.`, starting with a letter or digit, and is "
                    + node.kindName, at: node)
            return nil
        }
        return name
    }

    /// Whether the text can name a task.
    package static func isTaskName(_ text: String) -> Bool {
        guard let first = text.first, text.count <= 63, first.isLetter || first.isNumber else { return false }
        return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
    }

    private static func decodeSource(_ reader: inout MappingReader) -> SourceLocation? {
        guard let node = reader.take("source") else { return nil }
        guard let text = node.scalar?.string, let source = SourceLocation(text) else {
            reader.problems.add(
                "`source` should be `URL[#REF[:FOLDER]]` with a folder inside the repository, and is \(node.kindName)",
                at: node)
            return nil
        }
        return source
    }
}

extension YamlError {
    /// libyaml's words, with the place it names; its marks count lines and columns from 1.
    fileprivate var problem: TaskFileError.Problem {
        switch self {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            .init(
                line: mark.line, column: mark.column,
                message: "the YAML cannot be read: " + (context.map { "\($0.text), " } ?? "") + problem)
        case .duplicatedKeysInMapping(let duplicates, let context):
            .init(
                line: context.mark.line, column: context.mark.column,
                message: "the key `\(duplicates.joined(separator: "`, `"))` is there more than once")
        case .reader(let problem, _, _, _):
            .init(line: 1, column: 1, message: "the YAML cannot be read: \(problem)")
        default:
            .init(line: 1, column: 1, message: "the YAML cannot be read: \(self)")
        }
    }
}
