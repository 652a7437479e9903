/// Collects warnings while a Dockerfile is parsed.
struct Linter {
    private let source: SourceText
    private var warnings: [DockerfileWarning] = []
    private var check = CheckOptions()
    /// What comments right before an instruction ask to skip.
    private var local = CheckOptions()
    private var comments: [String] = []
    private var keywords: [(word: Word, local: CheckOptions)] = []
    /// What the stage has had; a second one makes the first useless.
    private var last: [Keyword: SourceRange] = [:]
    private var stageNames: Set<String> = []
    /// What the stage that is read has set, or the stages under it.
    private var inherited = Inherited()
    /// By the name of each stage before.
    private var earlier: [String: Inherited] = [:]
    private var stageName: String?
    private var isInStage = false

    private struct Inherited {
        var hasShell = false
        var hasWorkdir = false
    }

    init(_ source: SourceText) { self.source = source }

    private mutating func warn(_ rule: DockerfileWarning.Rule, _ range: SourceRange, _ message: String) {
        warn(rule, range, message, local)
    }

    private mutating func warn(
        _ rule: DockerfileWarning.Rule, _ range: SourceRange, _ message: String, _ local: CheckOptions
    ) {
        guard check.allow(rule, local) else { return }
        warnings.append(DockerfileWarning(rule: rule, range: range, message: message))
    }

    // MARK: Any instruction

    mutating func begin(_ statement: Statement, _ check: CheckOptions) {
        self.check = check
        comments = statement.all.line.comments
        local = CheckOptions(comments: comments)
        keywords.append((statement.name, local))
        if let number = statement.all.line.emptyLines.first {
            warn(
                .noEmptyContinuation, source.range(ofLine: number),
                "an empty line stands inside of an instruction")
        }
        if statement.keyword == .from { checkCasing(ofFrom: statement) }
    }

    private mutating func checkCasing(ofFrom statement: Statement) {
        let words = statement.rest.words
        guard words.count == 3 else { return }
        if words[2].text != words[2].text.lowercased() {
            warn(
                .stageNameCasing, words[2].range,
                "the stage name `\(words[2].text.excerpt)` should be lower-case")
        }
        let (from, second) = (statement.name.text, words[1].text)
        if from == from.uppercased() && second != second.uppercased()
            || from == from.lowercased() && second != second.lowercased()
        {
            warn(
                .fromAsCasing, words[1].range,
                "`\(second.excerpt)` and `\(from)` should have the same letter case")
        }
    }

    // MARK: Stages

    /// Looks at the last of `stages`, whose `FROM` was just read.
    mutating func check(_ stages: [Stage]) {
        guard let stage = stages.last else { return }
        if let stageName { earlier[stageName] = inherited }
        (last, stageName, isInStage) = ([:], stage.name, true)
        inherited = earlier[stage.base.text] ?? Inherited()
        guard let name = stage.name else { return }
        checkDescription(of: [name], stage.range, "stage")
        if ["context", "scratch"].contains(name) {
            warn(
                .reservedStageName, stage.range, "`\(name)` is a reserved word, and should not name a stage")
        }
        if !stageNames.insert(name).inserted {
            warn(.duplicateStageName, stage.range, "an earlier stage is named `\(name.excerpt)` too")
        }
    }

    // MARK: Instructions

    mutating func check(_ instruction: Instruction) {
        let range = instruction.range
        switch instruction.action {
        case .maintainer:
            warn(.maintainerDeprecated, range, "`MAINTAINER` is deprecated; a label can name the author")
        case .env(let assignments):
            checkLegacy(assignments, instruction)
            for pair in assignments.pairs { checkSecret(pair.name, "ENV") }
        case .label(let assignments): checkLegacy(assignments, instruction)
        case .arg(let argument):
            checkDescription(of: argument.declarations.map(\.name.text), range, "argument")
            // Those before the first stage are in no image.
            for declaration in argument.declarations where isInStage { checkSecret(declaration.name, "ARG") }
        case .cmd(let command), .entrypoint(let command): checkOnce(instruction, command)
        case .healthcheck: checkOnce(instruction, nil)
        case .shell: inherited.hasShell = true
        case .workdir(let path):
            if !inherited.hasWorkdir, !path.text.hasPrefix("/"), !path.text.contains("$") {
                warn(
                    .workdirRelativePath, range,
                    "`\(path.text.excerpt)` is relative to a directory that the base image decides")
            }
            inherited.hasWorkdir = true
        case .expose(let ports): for port in ports { checkPort(port) }
        case .onbuild(let onbuild):
            if case .failure(let error) = onbuild.instruction {
                warn(.invalidTrigger, error.range, "builds on this image will fail: \(error.message)")
            }
        case .copy, .add, .run, .user, .volume, .stopsignal: break
        }
    }

    /// A comment right before a name's declaration is its description, as tools that list them show it.
    private mutating func checkDescription(of names: [String], _ range: SourceRange, _ what: String) {
        guard let comment = comments.last, let name = names.first else { return }
        let described = comment.unicodeScalars.prefix { $0 != " " }
        guard !names.contains(String(described)) else { return }
        warn(
            .invalidDefinitionDescription, range,
            "the comment before the \(what) `\(name.excerpt)` should start with its name, or end with an empty comment"
        )
    }

    private mutating func checkLegacy(_ assignments: Assignments, _ instruction: Instruction) {
        guard assignments.isLegacy else { return }
        let keyword = instruction.keyword.rawValue
        warn(
            .legacyKeyValueFormat, instruction.range,
            "`\(keyword) NAME=VALUE` should be used in place of the old `\(keyword) NAME VALUE`")
    }

    private mutating func checkOnce(_ instruction: Instruction, _ command: CommandLine?) {
        let keyword = instruction.keyword
        if let before = last.updateValue(instruction.range, forKey: keyword) {
            warn(
                .multipleInstructionsDisallowed, before,
                "this `\(keyword.rawValue)` has no effect, as another one follows in the stage")
        }
        if case .shell = command, !inherited.hasShell {
            warn(
                .jsonArgumentsRecommended, instruction.range,
                "`\(keyword.rawValue)` should be a JSON array: a shell in between keeps signals from the program"
            )
        }
    }

    private mutating func checkPort(_ port: Word) {
        if port.text.contains(":"), !port.text.contains("$") {
            warn(
                .exposeInvalidFormat, port.range,
                "`\(port.text.excerpt)` names an address or a host's port, which `EXPOSE` does not use")
        }
        if let slash = port.text.firstIndex(of: "/"), !port.text.contains("$"),
            port.text[slash...] != port.text[slash...].lowercased()
        {
            warn(
                .exposeProtocolCasing, port.range,
                "the protocol of `\(port.text.excerpt)` should be lower-case")
        }
    }

    private mutating func checkSecret(_ name: Word, _ keyword: String) {
        guard SecretName.isSecret(name.text) else { return }
        warn(
            .secretsUsedInArgOrEnv, name.range,
            "`\(keyword)` puts `\(name.text.excerpt)` into the image's history, where anybody can read it")
    }

    // MARK: The whole file

    mutating func finish(_ stages: [Stage]) -> [DockerfileWarning] {
        let written = keywords.map(\.word.text)
        let lower = written.count { $0 == $0.lowercased() }
        let upper = written.count { $0 == $0.uppercased() }
        let isLower = lower > upper
        for (word, local) in keywords
        where word.text != (isLower ? word.text.lowercased() : word.text.uppercased()) {
            warn(
                .consistentInstructionCasing, word.range,
                "`\(word.text)` should be \(isLower ? "lower" : "upper")-case, as most instructions here are",
                local)
        }
        if source.hasReplacements, let number = source.firstReplacedLine {
            warn(
                .invalidUTF8, source.range(ofLine: number),
                "the line is not UTF-8; what cannot be read is replaced by `\u{FFFD}`", CheckOptions())
        }
        return BuildPlan.sorted(warnings)
    }
}

extension SourceText {
    fileprivate var firstReplacedLine: Int? {
        guard let offset = scalars.firstIndex(of: "\u{FFFD}") else { return nil }
        return lines.firstIndex { $0.contains(offset) }.map { $0 + 1 }
    }
}
