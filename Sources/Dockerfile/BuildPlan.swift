/// What is to be built of a Dockerfile: the stages that a target needs, and the images that they stand on.
///
/// The variables of `FROM` are replaced. What other instructions need is known only while they are executed.
package struct BuildPlan: Sendable {
    /// What a build asks for.
    package struct Request: Equatable, Sendable {
        /// `--build-arg`.
        package var arguments: [String: String] = [:]
        /// A stage by name or number; `nil` is the last.
        package var target: String?
        /// `TARGETPLATFORM`, `TARGETOS`, `TARGETARCH`, `TARGETVARIANT`, `BUILDPLATFORM`, …
        package var platformArguments: [String: String] = [:]
        /// The names of contexts that stand in for a stage or an image (`--build-context`).
        package var contexts: Set<String> = []

        package init() {}
    }

    /// Where files of a stage, a `COPY` or a mount come from.
    package enum Origin: Hashable, Sendable {
        case scratch
        /// By its place in the file.
        case stage(Int)
        /// A reference as it is written.
        case image(String)
        /// One of the request's named contexts.
        case context(String)
    }

    /// A stage that the target needs.
    package struct PlannedStage: Sendable {
        package var stage: Stage
        package var base: Origin
        /// `--platform`, expanded.
        package var platform: String?
        /// The triggers of what it stands on, then its own.
        package var instructions: [Instruction] = []
        /// The number of instructions that are triggers.
        package var triggerCount = 0

        /// Whether a named context stands in for all of it.
        package var isReplaced: Bool {
            if case .context(let name) = base { name == stage.name } else { false }
        }
    }

    package let dockerfile: Dockerfile
    package let request: Request
    /// In the order of the file: a stage comes after all that it needs.
    package let stages: [PlannedStage]
    /// The place in the file of the stage that makes the image.
    package let target: Int
    /// What `ARG` before the first `FROM` and the platform set; a stage sees those that it declares.
    package let globalArguments: [String: String]
    /// Every use of an image from elsewhere, in the order of the file.
    package let images: [BaseImageUse]
    /// Those of the file, and those about variables in `FROM`.
    package let warnings: [DockerfileWarning]
    private let triggers: [Int: [Instruction]]
    private let names: StageNames

    /// Throws when a variable cannot be expanded, a base is empty, a platform is malformed, the target or a stage
    /// by number is not there, stages need each other or one that comes later, and, where the file asks for that,
    /// when there are warnings.
    package init(_ dockerfile: Dockerfile, _ request: Request) throws(DockerfileError) {
        try self.init(dockerfile, request, triggers: [:])
    }

    private init(
        _ dockerfile: Dockerfile, _ request: Request, triggers: [Int: [Instruction]]
    ) throws(DockerfileError) {
        let names = StageNames(dockerfile, request)
        var bases = try BaseReader(dockerfile, request)
        var all: [PlannedStage] = []
        for stage in dockerfile.stages {
            var planned = PlannedStage(
                stage: stage, base: try bases.base(of: stage), platform: try bases.platform(of: stage))
            try planned.addInstructions(triggers[stage.index] ?? [], names)
            all.append(planned)
        }
        let target = try names.target(request.target)
        let needed = try StageGraph(all, names).stages(neededBy: target)
        self.dockerfile = dockerfile
        self.request = request
        self.target = target
        self.triggers = triggers
        self.names = names
        stages = all.filter { needed.contains($0.stage.index) }
        globalArguments = bases.arguments
        images = try BaseImageUse.all(in: stages, target: target, names)
        warnings = dockerfile.warnings + bases.warnings
        try refuseWarnings()
    }

    private func refuseWarnings() throws(DockerfileError) {
        guard dockerfile.directives.check.warningsAreErrors, let first = warnings.first else { return }
        throw DockerfileError(
            first.range, first.message,
            hint: "the file makes warnings errors; `# check=skip=\(first.rule.rawValue)` allows this one")
    }

    /// The plan with the triggers that turned out to be in the configuration of the image under a stage.
    ///
    /// - Parameters:
    ///   - triggers: `OnBuild` of the image.
    ///   - index: the stage's place in the file.
    ///   - image: what errors call the image.
    package func adding(
        triggers texts: [String], of image: String, to index: Int
    ) throws(DockerfileError) -> BuildPlan {
        var added: [Instruction] = []
        for (number, text) in texts.enumerated() {
            let trigger = try Instruction(parsing: text, file: "\(image) ONBUILD \(number + 1)")
            if [.onbuild, .maintainer].contains(trigger.keyword) {
                throw trigger.error("`\(trigger.keyword.rawValue)` cannot be a trigger of `ONBUILD`")
            }
            added.append(trigger)
        }
        var triggers = triggers
        triggers[index] = added
        return try BuildPlan(dockerfile, request, triggers: triggers)
    }

    /// Where `COPY --from` takes its files; `nil` is the build context.
    package func origin(of copy: CopyInstruction) throws(DockerfileError) -> Origin? {
        guard let from = copy.from else { return nil }
        return try names.origin(ofCopy: from)
    }

    /// Where a mount's `from` takes its files: a stage by name, or an image.
    package func origin(ofMount from: String) -> Origin { names.origin(ofMount: from) }

    /// Replaces variables with the file's escape character.
    package func expander(_ variables: [String: String]) -> WordExpander {
        WordExpander(escape: dockerfile.directives.escape, variables: variables)
    }
}

extension BuildPlan.PlannedStage {
    /// Puts the triggers of what it stands on before its own instructions.
    fileprivate mutating func addInstructions(
        _ triggers: [Instruction], _ names: StageNames
    ) throws(DockerfileError) {
        guard !isReplaced else { return }
        let inherited = try names.triggers(of: base) + triggers
        instructions = inherited + stage.instructions
        triggerCount = inherited.count
    }
}
