import Spelling

extension BuildPlan {
    /// What only an image itself can tell of the base of a stage.
    package struct KnownBase: Sendable {
        /// `NAME=VALUE`, as in its configuration.
        package var environment: [String]
        /// What it runs on: `OS/ARCHITECTURE`.
        package var platform: String
        /// What the stage is for: `OS/ARCHITECTURE`.
        package var wantedPlatform: String

        package init(environment: [String], platform: String, wantedPlatform: String) {
            self.environment = environment
            self.platform = platform
            self.wantedPlatform = wantedPlatform
        }
    }

    /// What a build around the file knows.
    package struct Surroundings: Sendable {
        /// By the stage's place in the file, the images and named contexts that stages stand on. Of a stage whose base is
        /// not here no variable is said to be undefined: the base may set it.
        package var bases: [Int: KnownBase] = [:]
        /// The build context's `.dockerignore`.
        package var ignored = IgnoreFile()

        package init() {}
    }

    /// All warnings that a build of the plan gives, or `--check` shows, in the order of the file.
    ///
    /// They are ``warnings`` and what depends on the images and the context: variables that nothing sets, images for
    /// another platform, and files to copy that are ignored.
    ///
    /// Throws what expanding the plan's instructions throws.
    package func warnings(knowing surroundings: Surroundings) throws(DockerfileError) -> [DockerfileWarning] {
        var checker = StageChecker(plan: self, surroundings: surroundings)
        for stage in stages { try checker.check(stage) }
        return Self.sorted(warnings + checker.warnings)
    }
}

/// Goes through stages as a build does, and collects warnings about what it meets.
private struct StageChecker {
    /// The variables at the end of a stage.
    struct Scope {
        var variables = StageVariables()
        /// Whether all that sets a variable is known.
        var isComplete = true
        /// The names that `ARG` declares, with a value or without.
        var declared: Set<String> = []
    }

    let plan: BuildPlan
    let surroundings: BuildPlan.Surroundings
    var warnings: [DockerfileWarning] = []
    private var scopes: [Int: Scope] = [:]
    private var budget = ExpansionBudget()
    /// Looking for a near name costs the number of variables; a file with many mistakes gets no more advice.
    private var suggestions = 100

    init(plan: BuildPlan, surroundings: BuildPlan.Surroundings) {
        self.plan = plan
        self.surroundings = surroundings
    }

    private mutating func warn(
        _ rule: DockerfileWarning.Rule, _ range: SourceRange, _ message: String, _ local: CheckOptions?
    ) {
        guard plan.dockerfile.directives.check.allow(rule, local) else { return }
        warnings.append(DockerfileWarning(rule: rule, range: range, message: message))
    }

    mutating func check(_ planned: BuildPlan.PlannedStage) throws(DockerfileError) {
        checkPlatform(planned.stage)
        var scope = scope(under: planned)
        for instruction in planned.instructions { try check(instruction, &scope) }
        scopes[planned.stage.index] = scope
    }

    private mutating func checkPlatform(_ stage: Stage) {
        guard let base = surroundings.bases[stage.index] else { return }
        let (wanted, found) = (base.wantedPlatform, base.platform)
        guard wanted.systemAndArchitecture != found.systemAndArchitecture else { return }
        warn(
            .invalidBaseImagePlatform, stage.base.range,
            "`\(stage.base.text.excerpt)` is an image for `\(found.excerpt)`, and `\(wanted.excerpt)` is built for",
            stage.check)
    }

    private func scope(under planned: BuildPlan.PlannedStage) -> Scope {
        if case .stage(let index) = planned.base { return scopes[index] ?? Scope(isComplete: false) }
        if let base = surroundings.bases[planned.stage.index] {
            return Scope(variables: StageVariables(environment: base.environment))
        }
        if planned.base == .scratch { return Scope(variables: StageVariables(environment: ["PATH="])) }
        return Scope(isComplete: false)
    }

    private mutating func check(_ instruction: Instruction, _ scope: inout Scope) throws(DockerfileError) {
        if case .arg(let argument) = instruction.action {
            return try check(argument, instruction, &scope)
        }
        guard scope.isComplete else { return }
        let expander = plan.expander(scope.variables.values)
        for word in instruction.expandedWords { try check(word, instruction, expander, scope) }
        for document in instruction.expandedDocuments {
            try check(document, instruction, expander.insideDocuments, scope)
        }
        let expanded = try scope.variables.expanded(instruction, in: plan)
        switch expanded.action {
        case .env(let assignments): scope.variables.set(assignments)
        case .copy(let copy) where copy.from == nil: checkSources(copy.transfer, instruction)
        case .add(let add): checkSources(add.transfer, instruction)
        default: break
        }
    }

    private mutating func check(
        _ argument: ArgInstruction, _ instruction: Instruction, _ scope: inout Scope
    ) throws(DockerfileError) {
        for declaration in argument.declarations {
            let name = declaration.name.text
            if scope.isComplete {
                if let word = declaration.defaultValue, plan.request.arguments[name] == nil {
                    let expander = plan.expander(scope.variables.values)
                    try check(word, instruction, expander, scope)
                }
                try scope.variables.declare(ArgInstruction(declaration), in: plan)
            }
            scope.declared.insert(name)
        }
    }

    private mutating func check(
        _ word: Word, _ instruction: Instruction, _ expander: WordExpander, _ scope: Scope
    ) throws(DockerfileError) {
        guard word.text.utf8.contains(UInt8(ascii: "$")) else { return }
        let unmatched = try expander.expand(word, within: &budget).unmatched
        for name in unmatched.subtracting(scope.declared).sorted() {
            var message = "nothing sets the variable `\(name.excerpt)`"
            if suggestions > 0 {
                suggestions -= 1
                let near = Spelling.nearest(to: name, among: scope.variables.values.keys)
                if let near { message += " (did you mean `\(near)`?)" }
            }
            warn(.undefinedVariable, word.range, message, instruction.check)
        }
    }

    private mutating func checkSources(_ transfer: FileTransfer, _ instruction: Instruction) {
        // A directory that is ignored may hold files that are taken in again.
        guard !surroundings.ignored.hasExceptions else { return }
        for source in transfer.sources where !source.text.contains("://") && !source.text.hasPrefix("git@") {
            let path = ("/" + source.text).cleanedPath.dropFirst()
            let isIgnored =
                path.isEmpty
                ? surroundings.ignored.patterns.contains { ["*", "**", "**/*"].contains($0) }
                : surroundings.ignored.isIgnored(String(path))
            guard isIgnored else { continue }
            warn(
                .copyIgnoredFile, source.range,
                "`\(source.text.excerpt)` is not in the build context: `.dockerignore` leaves it out",
                instruction.check)
        }
    }
}

extension String {
    /// A platform without its variant.
    fileprivate var systemAndArchitecture: [Substring] { Array(split(separator: "/").prefix(2)) }
}

extension ArgInstruction {
    fileprivate init(_ declaration: Declaration) { declarations = [declaration] }
}
