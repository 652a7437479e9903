import Dockerfile

/// Parses a Dockerfile, plans it, and expands all that it says.
func parseDockerfile(_ bytes: [UInt8]) {
    do throws(DockerfileError) {
        let file = try Dockerfile(parsing: bytes)
        for warning in file.warnings { check(warning.range, warning.message) }
        var request = BuildPlan.Request()
        request.platformArguments = ["TARGETARCH": "amd64", "TARGETPLATFORM": "linux/amd64"]
        request.arguments = ["V": "1", "a": "x/y"]
        // A file that cannot be built may still be looked at as a whole.
        request.includesAllStages = bytes.count % 2 == 0
        let plan = try BuildPlan(file, request)
        for stage in plan.stages { try execute(stage, plan) }
        var surroundings = BuildPlan.Surroundings()
        let base = BuildPlan.KnownBase(
            environment: ["PATH=/bin", "a=b"], platform: "linux/arm64", wantedPlatform: "linux/amd64")
        for stage in plan.stages { surroundings.bases[stage.stage.index] = base }
        for warning in try plan.warnings(knowing: surroundings) { check(warning.range, warning.message) }
    } catch {
        check(error.range, error.description)
    }
}

private func execute(_ stage: BuildPlan.PlannedStage, _ plan: BuildPlan) throws(DockerfileError) {
    var variables = StageVariables(environment: ["PATH=/bin", "a=b", "empty="])
    for instruction in stage.instructions {
        if case .arg(let argument) = instruction.action {
            try variables.declare(argument, in: plan)
            continue
        }
        let expanded = try variables.expanded(instruction, in: plan)
        switch expanded.action {
        case .env(let assignments): variables.set(assignments)
        case .copy(let copy): try look(at: copy.transfer)
        case .add(let add): try look(at: add.transfer)
        case .run(let run):
            _ = run.script
            for mount in run.mounts { _ = try RunMount(mount, plan.expander(variables.values)) }
        case .expose(let ports): for port in ports { _ = try ExposedPort.ports(in: port) }
        case .stopsignal(let signal): try StopSignal.check(signal)
        default: break
        }
    }
}

private func look(at transfer: FileTransfer) throws(DockerfileError) {
    if let mode = transfer.mode { _ = try FileMode(mode).applied(to: 0o644, isDirectory: false) }
    let excludes = try IgnoreFile(excluding: transfer.excludes)
    for source in transfer.sources {
        _ = PathPattern(source.text)?.matches("a/b")
        _ = excludes.isIgnored(source.text.cleanedPath)
    }
}

/// A place should be inside of its file, and its message short enough to read.
private func check(_ range: SourceRange, _ message: String) {
    let line = range.source.line(range.start.line).unicodeScalars.count
    precondition(range.start.line >= 1 && range.start.column >= 1, "a place before the file")
    precondition(range.start.column <= line + 1, "a place behind its line")
    precondition(range.start <= range.end, "a range upside down")
    precondition(message.utf8.count < 4_000, "a message longer than anybody reads")
    precondition(range.excerpt.utf8.count < 20_000, "an excerpt longer than anybody reads")
}

/// Reads a `.dockerignore` whose last line is a path to ask about.
func parseIgnoreFile(_ bytes: [UInt8]) {
    let end = bytes.lastIndex(of: UInt8(ascii: "\n")) ?? 0
    let path = String(decoding: bytes[end...].dropFirst(), as: UTF8.self)
    do throws(DockerfileError) {
        let file = try IgnoreFile(parsing: Array(bytes[..<end]))
        for path in [path, path.cleanedPath, "a/b.c"] where !file.isIgnored(path) {
            precondition(file.mayContainIncluded(path), "a directory is skipped, and is not ignored")
        }
        for pattern in file.patterns { _ = PathPattern(pattern)?.matches(path) }
    } catch {
        check(error.range, error.description)
    }
}

/// Expands a word with variables that are made of its other lines.
func expandWords(_ bytes: [UInt8]) {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
    let source = SourceText(bytes, file: "word")
    let place = SourcePosition(line: 1, column: 1)
    let word = Word(lines[0], SourceRange(source: source, start: place, end: place))
    var variables = ["empty": ""]
    for (name, value) in zip("abcdef", lines.dropFirst()) { variables[String(name)] = value }
    for escape in EscapeCharacter.allCases {
        for options in 0..<4 {
            var expander = WordExpander(escape: escape, variables: variables)
            expander.keepsQuotes = options & 1 != 0
            expander.keepsUnset = options & 2 != 0
            do throws(DockerfileError) {
                let expansion = try expander.expand(word)
                precondition(expansion.words.allSatisfy { !$0.isEmpty }, "an empty word")
                precondition(expansion.matched.isDisjoint(with: expansion.unmatched), "both set and not")
            } catch {
                check(error.range, error.description)
            }
        }
    }
}
