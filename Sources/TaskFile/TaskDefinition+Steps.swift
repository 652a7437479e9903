import Yams

extension TaskDefinition {
    static func decodeSteps(_ reader: inout MappingReader, stepTimeout: Int) -> [StepDefinition] {
        let problems = reader.problems
        guard let node = reader.take("steps") else {
            problems.add("`steps` is missing: expected a list of `build` and `push` steps", at: reader.node)
            return []
        }
        guard let sequence = node.sequence else {
            problems.add("`steps` should be a list, and is \(node.kindName)", at: node)
            return []
        }
        var steps: [StepDefinition] = []
        for (index, node) in sequence.enumerated() {
            guard let step = decodeStep(node, index: index, stepTimeout: stepTimeout, problems) else {
                continue
            }
            if steps.contains(where: { $0.id == step.id }) {
                problems.add("the step id `\(step.id)` is there more than once", at: node)
            }
            steps.append(step)
        }
        return steps
    }

    private static func decodeStep(
        _ node: Node, index: Int, stepTimeout: Int, _ problems: Problems
    ) -> StepDefinition? {
        guard var reader = MappingReader(node, "a step", problems) else { return nil }
        let id = decodeID(&reader) ?? "acb_step_\(index)"
        let action = decodeAction(&reader, node)
        let timeout = reader.integer("timeout", atLeast: 1) ?? stepTimeout
        let ignoreErrors = reader.bool("ignoreErrors") ?? false
        reader.finish(later: [
            "cmd", "when", "startDelay", "retries", "retryDelay", "retryOnErrors", "repeat", "detach", "keep",
            "pull",
            "env", "workingDirectory", "entryPoint", "user", "network", "isolation", "cpus", "privileged",
            "ports",
            "expose", "volumeMounts", "cache", "exitedWith", "exitedWithout",
            "disableWorkingDirectoryOverride",
            "cmdDownloadRetries", "cmdDownloadRetryDelay", "secret",
        ])
        guard let action else { return nil }
        return StepDefinition(
            id: id, action: action, timeout: timeout, ignoreErrors: ignoreErrors, line: node.mark?.line ?? 1)
    }

    private static func decodeID(_ reader: inout MappingReader) -> String? {
        guard let node = reader.take("id") else { return nil }
        guard let id = node.scalar?.string, !id.isEmpty, !id.contains(where: \.isWhitespace), id != "acb_root"
        else {
            reader.problems.add(
                "`id` should be a word without white space, and is \(node.kindName)", at: node)
            return nil
        }
        return id
    }

    private static func decodeAction(_ reader: inout MappingReader, _ node: Node) -> StepDefinition.Action? {
        let build = reader.take("build")
        let push = reader.strings("push")
        switch (build, push) {
        case (let build?, nil):
            guard let text = build.scalar?.string else {
                reader.problems.add("`build` should be a text, and is \(build.kindName)", at: build)
                return nil
            }
            do throws(BuildWordsError) { return .build(try BuildStep(parsing: text)) } catch {
                reader.problems.add(error.message, at: build, hint: error.hint)
                return nil
            }
        case (nil, let push?): return .push(push)
        case (.some, .some):
            reader.problems.add("a step should have only one of `build` and `push`", at: node)
        case (nil, nil):
            if !(node.mapping?.keys.contains { $0.scalar?.string == "cmd" || $0.scalar?.string == "push" }
                ?? false)
            {
                reader.problems.add("a step should have a `build` or a `push`", at: node)
            }
        }
        return nil
    }
}
